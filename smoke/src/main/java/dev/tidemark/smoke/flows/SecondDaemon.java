// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Outcome;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.time.Duration;

/**
 * Two daemons and one data directory.
 *
 * <p>On a busy machine the start of a JVM alone takes longer than the bound. So a verb that does nothing is timed beside
 * each refusal, and a refusal that is late is still in time when it is within the bound of that verb. The evidence has
 * both figures and says which of the two held.
 */
final class SecondDaemon implements Flow {
    private static final int ATTEMPTS = 3;

    private static final Duration BOUND = Duration.ofSeconds(2);

    @Override
    public String name() {
        return "second-daemon";
    }

    @Override
    public String proves() {
        return "A second daemon on the same data is refused with 75 and told who holds it, within 2 s (busy: of an empty verb).";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        DaemonProcess first = stage.start(site);
        Duration refused = Duration.ofDays(1);
        Duration empty = Duration.ZERO;
        for (int attempt = 0; attempt < ATTEMPTS && refused.compareTo(BOUND) > 0; attempt++) {
            Outcome second = stage.command(
                            "run",
                            "--config",
                            site.config().toString(),
                            "--data",
                            site.data().toString(),
                            "--http",
                            "127.0.0.1:0")
                    .expectExit(75);
            unless(
                    second.err().contains(Long.toString(first.pid())),
                    "the refusal does not name the holder, pid %d: %s",
                    first.pid(),
                    second.err());
            Duration beside = stage.command("version").expectExit(0).took();
            if (second.took().compareTo(refused) < 0) {
                refused = second.took();
                empty = beside;
            }
        }
        boolean inTime = refused.compareTo(BOUND) <= 0;
        unless(
                inTime || refused.minus(empty).compareTo(BOUND) <= 0,
                "the refusal took %d ms, an empty verb %d ms",
                refused.toMillis(),
                empty.toMillis());
        first.caller().fetch("/healthz").expect(200);
        first.stop();
        return "exit=75 refused_ms=" + refused.toMillis() + " empty_verb_ms=" + empty.toMillis()
                + (inTime ? " within=2s" : " BUSY: within 2s of the empty verb only");
    }
}
