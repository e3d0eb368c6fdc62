// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code adopt}: existing files become rows of a dataset. */
@Command(
        name = "adopt",
        description = "Brings Parquet files, or an Iceberg table's directory, into a dataset as they are.")
final class AdoptCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DATASET", description = "gets the rows; it need not be there yet")
    private String dataset = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "Parquet files, or one table")
    private List<Path> paths = List.of();

    @Option(names = "--local", description = "the rows are shipped to no sink")
    private boolean local;

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    AdoptCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        ObjectNode wish = JSON.createObjectNode().put("dataset", dataset).put("local", local);
        ArrayNode named = wish.putArray("paths");
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new CommandException(CommandException.CHECK_FAILED, "there is no file " + path);
            }
            named.add(path.toAbsolutePath().normalize().toString());
        }
        DaemonClient daemon = tidemark.daemon();
        console.talk()
                .println("adopting " + paths.size() + (paths.size() == 1 ? " path" : " paths") + " into " + dataset);
        Reply answer = daemon.order("/v1/adopt", JSON.writeValueAsString(wish).getBytes(StandardCharsets.UTF_8));
        if (json) {
            console.out().println(answer.body());
        } else {
            print(DaemonClient.json(answer));
        }
        return 0;
    }

    private void print(JsonNode adopted) {
        console.out()
                .printf(
                        "%s  adopted rows %s  linked files %s  rewritten %s%n",
                        adopted.path("dataset").asText(),
                        adopted.path("rows").asText(),
                        adopted.path("linked").asText(),
                        adopted.path("rewritten").asText());
        for (JsonNode column : adopted.path("left_out")) {
            console.talk().println("left out column " + column.asText() + ": Tidemark has one of its own of that name");
        }
    }
}
