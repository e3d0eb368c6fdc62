// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink remove}: the progress and the hold of a sink without a file end. */
@Command(name = "remove", description = "Ends the progress and the hold of a sink that no file names any more.")
final class SinkRemoveCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(paramLabel = "NAME", description = "the sink")
    private String name = "";

    @Option(names = "--dataset", description = "only the hold on this one, which the sink takes no more")
    private @Nullable String dataset;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--json", description = "says it as JSON, on stdout")
    private boolean json;

    SinkRemoveCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        String what = dataset == null ? name : name + "/" + dataset;
        Consent.require(yes, "forget what " + what + " has got");
        String query = dataset == null ? "" : "?dataset=" + UrlText.encode(dataset);
        tidemark.daemon().delete("/v1/sinks/" + UrlText.encode(name) + query);
        console.out().println(json ? JsonNodeFactory.instance.objectNode().put("removed", what) : "removed " + what);
        return 0;
    }
}
