// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Plays a soak of a chosen length. */
@Command(
        name = "soak",
        description = "Loads a daemon with every kind of sink for hours, counts and looks at it each minute.")
public final class SoakCommand implements Callable<Integer> {
    private static final double SECONDS_AN_HOUR = 3600;

    @Option(
            names = "--hours",
            defaultValue = "1",
            description = "how long (${DEFAULT-VALUE}); slopes are judged from 1 on")
    private double hours;

    @Option(names = "--seed", description = "plays the same choices again")
    private @Nullable Long seed;

    @Option(names = "--keep", description = "keeps the directory of a soak that held")
    private boolean keep;

    @Override
    public Integer call() throws IOException {
        return StormCommand.play(new Soak(Duration.ofSeconds(Math.round(hours * SECONDS_AN_HOUR))), seed, keep);
    }
}
