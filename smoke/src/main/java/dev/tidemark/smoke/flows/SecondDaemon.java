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

/** Two daemons and one data directory. */
final class SecondDaemon implements Flow {
    /** Starting a JVM on a busy machine is most of it, so the quickest of a few counts. */
    private static final int ATTEMPTS = 3;

    private static final Duration BOUND = Duration.ofSeconds(2);

    @Override
    public String name() {
        return "second-daemon";
    }

    @Override
    public String proves() {
        return "A second daemon on the same data is refused with 75 within 2 s and told who holds it.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        DaemonProcess first = stage.start(site);
        Duration quickest = Duration.ofDays(1);
        for (int attempt = 0; attempt < ATTEMPTS && quickest.compareTo(BOUND) > 0; attempt++) {
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
            quickest = second.took().compareTo(quickest) < 0 ? second.took() : quickest;
        }
        unless(quickest.compareTo(BOUND) <= 0, "the refusal took %d ms", quickest.toMillis());
        first.caller().fetch("/healthz").expect(200);
        first.stop();
        return "exit=75 refused_ms=" + quickest.toMillis();
    }
}
