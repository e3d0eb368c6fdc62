// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a directory store's receipts say about the objects of one sink, read as they lie; changes nothing.
 *
 * <p>A receipt is written before its object has its name, so one may speak of an object that is not there.
 */
public final class SinkReceipts {
    private static final String DIRECTORY = "dir:";
    private static final String RECEIPTS = "_receipts.jsonl";
    private static final JsonMapper JSON = new JsonMapper();

    private final Path root;
    private final String instance;
    private final DurableFiles files;

    private SinkReceipts(Path root, String instance, DurableFiles files) {
        this.root = root;
        this.instance = instance;
        this.files = files;
    }

    /**
     * Of a sink that the register names.
     *
     * @param directory of the sinks' own files
     * @return empty when it is not known, or writes no receipts
     */
    public static Optional<SinkReceipts> of(Path directory, String sink, DurableFiles files) throws IOException {
        return SinkRegister.read(directory.resolve(Sinks.REGISTER), files)
                .registration(sink)
                .filter(one -> one.type().equals("blob") && one.destination().startsWith(DIRECTORY))
                .map(one -> new SinkReceipts(
                        Path.of(one.destination().substring(DIRECTORY.length())).resolve(one.prefix()),
                        one.instance(),
                        files));
    }

    /** Takes what was found. */
    @FunctionalInterface
    public interface Taker {
        void take(JsonNode receipt);
    }

    /** Every receipt with its dataset and partition, those of a partition oldest first. */
    public void forEach(Taker taker) throws IOException {
        for (Path dataset : folders(root)) {
            for (Path partition : folders(dataset)) {
                Path file = partition.resolve(RECEIPTS);
                if (files.exists(file)) {
                    read(file, partition, taker);
                }
            }
        }
    }

    private List<Path> folders(Path folder) throws IOException {
        return files.list(folder).stream().filter(Files::isDirectory).sorted().toList();
    }

    private void read(Path file, Path partition, Taker taker) throws IOException {
        for (String line : new String(files.readAll(file), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            Optional<ObjectNode> receipt = parse(line);
            if (receipt.isPresent()) {
                taker.take(receipt.get()
                        .put("dataset", root.relativize(partition).getName(0).toString())
                        .put("partition", String.valueOf(partition.getFileName())));
            }
        }
    }

    private Optional<ObjectNode> parse(String line) {
        try {
            String[] origin = JSON.readTree(line).path("origin").asText().split("/", 3);
            return origin.length > 1 && origin[1].equals(instance)
                    ? Optional.of((ObjectNode) JSON.readTree(line))
                    : Optional.empty();
        } catch (JsonProcessingException torn) {
            // A torn line is closed by the next one and says nothing.
            return Optional.empty();
        }
    }
}
