// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench}: what the disk of the data directory can do, and what that means for rows. */
@Command(name = "bench", description = "Tries for 20 s how fast the disk of the data directory makes things durable.")
final class BenchCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    @Option(names = "--seconds", paramLabel = "N", description = "how long in all; 20 when nothing is said")
    private int seconds = 20;

    BenchCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        if (seconds < 1 || seconds > 3600) {
            throw new CommandException(CommandException.USAGE, "--seconds: between 1 and 3600");
        }
        DurableFiles files = new DurableFiles(new LocalDisk());
        Path data = tidemark.data().path();
        Path scratch = data.resolve("tmp").resolve("bench-" + UUID.randomUUID());
        files.createDirectories(scratch);
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        try (Progress progress = new Progress(console)) {
            DiskTrial trial = new DiskTrial(files.disk(), scratch, seconds, progress::at);
            result.put("directory", data.toString());
            tell(result.putObject("sync_4k"), trial.small());
            tell(result.putObject("sync_64k"), trial.groups());
            tell(result.putObject("write_1m"), trial.stream());
            tell(result.putObject("directory_sync"), trial.names());
        } finally {
            clear(files.disk(), scratch);
        }
        if (json) {
            console.out().println(result);
        } else {
            print(result);
        }
        return 0;
    }

    private static void clear(Disk disk, Path scratch) throws Exception {
        for (Path file : disk.list(scratch)) {
            disk.delete(file);
        }
        disk.delete(scratch);
    }

    private static void tell(ObjectNode node, DiskTrial.Measured measured) {
        node.put("per_second", Math.round(measured.perSecond()));
        node.put("bytes_per_second", Math.round(measured.bytesPerSecond()));
        node.put("p50_ms", measured.typical());
        node.put("p99_ms", measured.rare());
        node.put("max_ms", measured.worst());
    }

    private void print(ObjectNode result) {
        result.properties().forEach(each -> {
            if (each.getValue().isObject()) {
                console.out()
                        .printf(
                                "%-15s %8s/s  %6.1f MB/s  p50 %s ms  p99 %s ms  max %s ms%n",
                                each.getKey(),
                                each.getValue().path("per_second").asText(),
                                each.getValue().path("bytes_per_second").asDouble() / 1e6,
                                each.getValue().path("p50_ms").asText(),
                                each.getValue().path("p99_ms").asText(),
                                each.getValue().path("max_ms").asText());
            }
        });
        console.out()
                .printf(
                        "one producer that waits for each answer gets about %s answers a second here%n",
                        result.path("sync_4k").path("per_second").asText());
    }
}
