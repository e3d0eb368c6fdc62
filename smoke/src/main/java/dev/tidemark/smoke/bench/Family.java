// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A set of figures that are measured in turn, so that whatever else the machine does falls on all of them alike.
 *
 * <p>Rows are made in the constructor's or {@link #prepare}'s time, never inside a timer.
 */
public interface Family extends AutoCloseable {
    String name();

    /** One sentence: what is measured, beside what. */
    String what();

    /** The figures, in the order in which a round takes them. */
    List<Measure> measures();

    /** Makes what every round needs, of this many rows where the figure is one of throughput. */
    void prepare(int rows) throws IOException;

    /** How many rounds go before those that count: a young process is busy with its compilers. */
    default int warmRounds() {
        return 1;
    }

    /** Takes each figure once, in a directory of its own. */
    void round(Path directory, Score score) throws IOException;

    /** A picture of all rounds: each figure that has a bar, as so many times that. */
    default String plot(Score score, String below) {
        return Plot.parts(
                name() + ": each figure as a multiple of its bar; from 1 on it is met", below, score.parts(measures()));
    }

    @Override
    void close() throws IOException;
}
