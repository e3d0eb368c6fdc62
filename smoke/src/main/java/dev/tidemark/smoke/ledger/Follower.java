// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A reader that goes on at its token, whoever answers: a page that did not arrive whole was not read.
 *
 * <p>Not thread-safe.
 */
public final class Follower {
    private final String dataset;
    private final List<SeenRow> rows = new ArrayList<>();
    private String token = "0";

    public Follower(String dataset) {
        this.dataset = dataset;
    }

    /** Reads one page of at most so many rows; whether the daemon says that there is more. */
    public boolean read(Caller daemon, int limit) throws IOException {
        Answer answer = daemon.fetch("/v1/datasets/" + dataset + "/rows?meta=1&limit=" + limit + "&since=" + token);
        if (answer.status() == 404) {
            return false;
        }
        answer.expect(200);
        answer.body()
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> RowPages.seen(dataset, line))
                .forEach(rows::add);
        token = answer.header("Tidemark-After");
        return answer.header("Tidemark-More").equals("true");
    }

    /** Everything that it ever read, in the order in which it read it. */
    public List<SeenRow> rows() {
        return List.copyOf(rows);
    }
}
