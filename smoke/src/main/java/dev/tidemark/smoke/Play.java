// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import dev.tidemark.smoke.process.Distribution;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plays one flow on a stage of its own and says how it went.
 *
 * <p>A stage is cleared after a success and kept after a failure.
 */
public final class Play {
    private final Distribution distribution;
    private final Flow flow;
    private final Scenery afterwards;

    /** What becomes of the stage of a flow that succeeded. */
    public enum Scenery {
        CLEARED,
        KEPT
    }

    public Play(Distribution distribution, Flow flow, Scenery afterwards) {
        this.distribution = distribution;
        this.flow = flow;
        this.afterwards = afterwards;
    }

    /**
     * How one flow went.
     *
     * @param evidence what it counted, or what went wrong
     * @param kept the stage's directory when it is still there
     */
    public record Result(
            String flow,
            boolean ok,
            Duration took,
            long seed,
            String evidence,
            @Nullable Path kept,
            List<String> lastLines) {
        private static final String SKIPPED = "SKIPPED: ";

        /** Whether the host lacks what the flow needs. */
        public boolean skipped() {
            return ok && evidence.startsWith(SKIPPED);
        }

        /** Whether it showed what it proves. */
        public boolean shown() {
            return ok && !skipped();
        }

        /** What someone who has to look into a failure needs first. */
        public void explain(PrintStream out) {
            out.println(flow + " FAILED: " + evidence);
            out.println("  directory: " + kept);
            out.println("  again with: smoke run " + flow + " --seed " + seed);
            lastLines.forEach(line -> out.println("  | " + line));
        }
    }

    public Result run(long seed) throws IOException {
        long begun = System.nanoTime();
        try (Stage stage = Stage.raise(distribution, flow.name(), seed)) {
            try {
                String evidence = flow.run(stage);
                stage.endProcesses();
                Result result = result(true, begun, stage, evidence, afterwards == Scenery.KEPT);
                if (afterwards == Scenery.CLEARED) {
                    stage.clear();
                }
                return result;
            } catch (BrokenPromise | IOException e) {
                return result(false, begun, stage, e.toString(), true);
            } catch (RuntimeException e) {
                // Ours, most likely: the trace says where.
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                return result(false, begun, stage, trace.toString(), true);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return result(false, begun, stage, "interrupted", true);
            }
        }
    }

    private Result result(boolean ok, long begun, Stage stage, String evidence, boolean kept) {
        return new Result(
                flow.name(),
                ok,
                Duration.ofNanos(System.nanoTime() - begun),
                stage.seed(),
                evidence,
                kept ? stage.directory() : null,
                stage.lastLines());
    }
}
