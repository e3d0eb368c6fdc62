// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;

/** A reader of one dataset that goes on at its token, whoever answers. */
final class TakenPages {
    private static final int PAGE = 50_000;

    private final String dataset;
    private String token = "0";

    TakenPages(String dataset) {
        this.dataset = dataset;
    }

    /** Takes the rows that came since the last time. */
    void take(Caller daemon, Audit audit) throws IOException {
        boolean more = true;
        while (more) {
            Answer page = daemon.fetch(
                            "/v1/datasets/" + dataset + "/rows?max_bytes=16MiB&limit=" + PAGE + "&since=" + token)
                    .expect(200);
            page.body().lines().forEach(line -> audit.row(dataset, line));
            token = page.header("Tidemark-After");
            more = page.header("Tidemark-More").equals("true");
        }
    }
}
