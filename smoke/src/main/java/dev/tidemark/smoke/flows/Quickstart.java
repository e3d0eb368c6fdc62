// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Outcome;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first thing that a new user types. */
final class Quickstart implements Flow {
    private static final Pattern LAST_LINE =
            Pattern.compile("demo ok rows=(\\d+) directory=(\\d+)(?: forward=(\\d+))? kills=1 missing=0 duplicates=0");
    private static final Duration BOUND = Duration.ofSeconds(60);

    @Override
    public String name() {
        return "quickstart";
    }

    @Override
    public String proves() {
        return "The demo ends well within a minute, and its last line says that every row arrived once.";
    }

    @Override
    public String run(Stage stage) {
        Outcome demo = stage.command("demo").expectExit(0);
        Matcher last = LAST_LINE.matcher(demo.lastLine());
        unless(last.matches(), "the last line of the demo is: %s", demo.lastLine());
        unless(Long.parseLong(last.group(1)) > 0, "the demo shipped nothing");
        unless(last.group(2).equals(last.group(1)), "the directory has other rows: %s", demo.lastLine());
        unless(
                last.group(3) == null || last.group(3).equals(last.group(1)),
                "the receiver has other rows: %s",
                demo.lastLine());
        unless(
                demo.took().compareTo(BOUND) < 0,
                "the demo took %d s",
                demo.took().toSeconds());
        return "demo_s=" + demo.took().toSeconds() + " rows=" + last.group(1);
    }
}
