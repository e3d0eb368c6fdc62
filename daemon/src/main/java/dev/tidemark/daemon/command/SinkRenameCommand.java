// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink rename}: progress goes on under the name that the file has now. */
@Command(
        name = "rename",
        description = "Lets a sink go on under the new name of its file; it begins when that is loaded.")
final class SinkRenameCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(index = "0", paramLabel = "OLD", description = "the sink")
    private String old = "";

    @Parameters(index = "1", paramLabel = "NEW", description = "the name that its file has now")
    private String name = "";

    @Option(names = "--json", description = "says it as JSON, on stdout")
    private boolean json;

    SinkRenameCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        tidemark.daemon().post("/v1/sinks/" + UrlText.encode(old) + "/rename?to=" + UrlText.encode(name));
        console.out()
                .println(
                        json
                                ? JsonNodeFactory.instance
                                        .objectNode()
                                        .put("sink", name)
                                        .put("was", old)
                                : old + " is " + name);
        return 0;
    }
}
