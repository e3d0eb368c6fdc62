// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dead-letter drop}: rows that a destination never took are given up. */
@Command(name = "drop", description = "Gives rows up that a destination never took; all without an ID.")
final class DeadLetterDropCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(index = "0", paramLabel = "SINK", description = "the sink")
    private String sink = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "ID", description = "as list has them; none for all")
    private List<Long> ids = new ArrayList<>();

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--json", description = "what was given up, as one object")
    private boolean json;

    DeadLetterDropCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        String what = ids.isEmpty() ? "all dead letters" : "dead letters " + ids;
        Consent.require(yes, "give up " + what + " of " + sink + ", and their values with them");
        DaemonClient daemon = tidemark.daemon();
        List<Long> chosen = new ArrayList<>(ids);
        if (ids.isEmpty()) {
            new DeadLetterPages(daemon, sink)
                    .forEach(letter -> chosen.add(letter.path("id").longValue()));
        }
        for (long id : chosen) {
            daemon.delete(DeadLetterPages.pathOf(sink) + "/" + id);
        }
        console.out()
                .println(
                        json
                                ? JSON.createObjectNode().put("sink", sink).put("dropped", chosen.size())
                                : "dropped " + chosen.size());
        return 0;
    }
}
