// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adopted;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.decoding.DatasetDraft;
import dev.tidemark.daemon.http.AdoptedJson;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code adopt}: existing files become rows of a dataset, in the daemon when there is one. */
@Command(
        name = "adopt",
        description = "Brings Parquet files, or an Iceberg table's directory, into a dataset as they are.")
final class AdoptCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    @Parameters(index = "0", paramLabel = "DATASET", description = "gets the rows; it need not be there yet")
    private String dataset = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "Parquet files, or one table")
    private List<Path> paths = List.of();

    @Option(names = "--local", description = "the rows are shipped to no sink")
    private boolean local;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    AdoptCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        List<Path> real = new ArrayList<>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new CommandException(CommandException.CHECK_FAILED, "there is no file " + path);
            }
            real.add(path.toRealPath());
        }
        if (!Dataset.isName(dataset)) {
            throw new CommandException(CommandException.USAGE, "not a dataset name: " + dataset);
        }
        Optional<DaemonClient> daemon = tidemark.runningDaemon();
        console.talk()
                .println("adopting " + real.size() + (real.size() == 1 ? " path" : " paths") + " into " + dataset);
        JsonNode adopted;
        try (Progress _ = Progress.of(console, "adopting into " + dataset)) {
            adopted = daemon.isPresent() ? order(daemon.get(), real) : JSON.readTree(offline(real));
        }
        if (json) {
            console.out().println(adopted);
        } else {
            print(adopted);
        }
        return 0;
    }

    private JsonNode order(DaemonClient daemon, List<Path> real) throws IOException, CommandException {
        ObjectNode wish = JSON.createObjectNode().put("dataset", dataset).put("local", local);
        ArrayNode named = wish.putArray("paths");
        real.forEach(path -> named.add(path.toString()));
        return DaemonClient.json(
                daemon.order("/v1/adopt", JSON.writeValueAsString(wish).getBytes(StandardCharsets.UTF_8)));
    }

    /** Without a daemon the directory is this process's own for so long. */
    private String offline(List<Path> real) throws IOException, ConfigException, CommandException {
        Config config = tidemark.config();
        Path data = tidemark.data().path();
        DurableFiles files = new DurableFiles(new LocalDisk());
        files.createDirectories(data);
        try (DirectoryLock _ = DirectoryLock.take(
                        data, "tidemark adopt pid=" + ProcessHandle.current().pid());
                BufferAllocator memory = new RootAllocator(config.memoryBudget());
                Cache cache = Cache.open(
                        new Cache.Options(
                                data,
                                Sinks.highestPromise(data.resolve("sinks"), files),
                                config.spool().segment(),
                                config.flush().rows(),
                                config.flush().bytes()),
                        files,
                        memory,
                        clock)) {
            Dataset current = cache.dataset(dataset).orElse(Dataset.unwritten(dataset));
            Adopted adopted = cache.adopt(new AdoptRequest(
                    DatasetDraft.declared(current, config.declarations().of(dataset)),
                    real,
                    local ? Adoption.Reach.LOCAL : Adoption.Reach.SINKS,
                    Sinks.ordinalsAbove(data.resolve("sinks"), files, clock),
                    (path, rows) -> {}));
            StringWriter text = new StringWriter();
            try (JsonGenerator generator = JSON.createGenerator(text)) {
                AdoptedJson.write(adopted, generator);
            }
            return text.toString();
        } catch (AdoptionRefusedException e) {
            throw new CommandException(
                    CommandException.CHECK_FAILED, "nothing was adopted: " + e.getMessage() + ", hint " + e.hint());
        }
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
