// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Play;
import dev.tidemark.smoke.process.Distribution;
import java.io.IOException;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Plays a storm of a chosen size. */
@Command(name = "storm", description = "Kills and troubles a loaded daemon with every kind of sink, then counts.")
public final class StormCommand implements Callable<Integer> {
    @Option(names = "--kills", defaultValue = "200", description = "at least so many kills (${DEFAULT-VALUE})")
    private int kills;

    @Option(names = "--rows", defaultValue = "1000000", description = "at least so many rows (${DEFAULT-VALUE})")
    private long rows;

    @Option(names = "--seed", description = "plays the same choices again")
    private @Nullable Long seed;

    @Option(names = "--keep", description = "keeps the directory of a storm that held")
    private boolean keep;

    @Override
    public Integer call() throws IOException {
        return play(new Storm(kills, rows), seed, keep);
    }

    /** Plays it and prints one line. */
    static int play(Flow flow, @Nullable Long seed, boolean keep) throws IOException {
        long chosen = seed == null ? new Random().nextLong() : seed;
        System.err.println("seed " + chosen);
        Play play = new Play(Distribution.find(), flow, keep ? Play.Scenery.KEPT : Play.Scenery.CLEARED);
        Play.Result result = play.run(chosen);
        if (!result.ok()) {
            result.explain(System.err);
        }
        System.out.printf(
                Locale.ROOT,
                "%s %s in %.0f s, seed %d, commit %s: %s%n",
                flow.name(),
                result.ok() ? "ok" : "FAILED",
                result.took().toMillis() / 1000.0,
                chosen,
                Distribution.commit(),
                result.evidence());
        return result.ok() ? 0 : 1;
    }
}
