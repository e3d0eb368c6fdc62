// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code upkeep}: tables are looked after now. */
@Command(
        name = "upkeep",
        description = "Removes rows that are to go, merges small files and deletes what nobody needs, now.")
final class UpkeepCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--dry-run", description = "says what would be done and why, and changes nothing")
    private boolean dryRun;

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    UpkeepCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = console.out();
        DaemonClient daemon = tidemark.daemon();
        Reply answer;
        try (Progress _ = Progress.of(console, "looking after the tables")) {
            answer = daemon.postAndWait(dryRun ? "/v1/upkeep?dry_run=1" : "/v1/upkeep");
        }
        if (json) {
            out.println(answer.body());
            return 0;
        }
        for (JsonNode dataset : DaemonClient.json(answer).path("datasets")) {
            JsonNode retention = dataset.path("retention");
            JsonNode compaction = dataset.path("compaction");
            out.printf(
                    "%s  removed %s  held %s  compaction %s (%s files to %s)  expired %s  orphans %s%n",
                    dataset.path("name").asText(),
                    retention.path("removed_rows").asText(),
                    retention.path("held_rows").asText(),
                    compaction.path("outcome").asText(),
                    compaction.path("files_in").asText(),
                    compaction.path("files_out").asText(),
                    dataset.path("expired").asText(),
                    dataset.path("orphans").asText());
            for (JsonNode sentence : dataset.path("why")) {
                out.printf("  %s%n", sentence.asText());
            }
        }
        return 0;
    }
}
