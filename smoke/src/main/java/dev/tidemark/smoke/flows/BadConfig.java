// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Outcome;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Pattern;

/** A mistake in the configuration. */
final class BadConfig implements Flow {
    private static final Pattern WHERE = Pattern.compile("tidemark\\.yaml:2:1: error: .*\"listen\"");

    @Override
    public String name() {
        return "bad-config";
    }

    @Override
    public String proves() {
        return "A key that does not exist stops the start with 78, and the message says where and what was meant.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        site.settings("name: edge\nlisten_: {http: \"127.0.0.1:0\"}\n");
        Outcome run = stage.command(
                        "run",
                        "--config",
                        site.config().toString(),
                        "--data",
                        site.data().toString())
                .expectExit(78);
        unless(WHERE.matcher(run.err()).find(), "the message does not say where and what was meant: %s", run.err());
        unless(!Files.exists(site.card()), "a daemon that did not start left %s", site.card());

        stage.command(
                        "run",
                        "--config",
                        stage.directory().resolve("nowhere").toString(),
                        "--data",
                        site.data().toString())
                .expectExit(78);
        return "exit=78 at=2:1";
    }
}
