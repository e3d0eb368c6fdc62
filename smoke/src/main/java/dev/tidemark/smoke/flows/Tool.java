// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A command of this host, which may not have it. */
final class Tool {
    private Tool() {}

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Whether it is there and did what it was told. */
    static boolean did(String... line) throws IOException {
        try {
            Process process =
                    new ProcessBuilder(List.of(line)).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean done = process.waitFor() == 0;
            if (!done) {
                System.err.println(String.join(" ", line) + ": " + said.strip());
            }
            return done;
        } catch (IOException notThere) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted during " + String.join(" ", line), e);
        }
    }
}
