// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import dev.tidemark.smoke.BrokenPromise;
import java.time.Duration;
import java.util.List;

/** What one command did. */
public record Outcome(List<String> arguments, int exit, String out, String err, Duration took) {
    public Outcome expectExit(int expected) {
        BrokenPromise.unless(
                exit == expected,
                "`tidemark %s` exited %d, not %d%nstdout: %s%nstderr: %s",
                String.join(" ", arguments),
                exit,
                expected,
                out,
                err);
        return this;
    }

    /** The last line of stdout, or empty. */
    public String lastLine() {
        List<String> lines = out.lines().filter(line -> !line.isBlank()).toList();
        return lines.isEmpty() ? "" : lines.getLast();
    }
}
