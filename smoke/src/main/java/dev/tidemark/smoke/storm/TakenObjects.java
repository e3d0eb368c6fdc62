// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The JSON-lines objects of one dataset, {@code <root>/<partition>/<since>-<through>-<tag>.jsonl}. */
final class TakenObjects {
    private static final String OBJECT = "\\d{19}-\\d{19}-[a-z2-7]{10}\\.jsonl";

    private final Path root;

    TakenObjects(Path root) {
        this.root = root;
    }

    /** Reads each object in the order of its name and deletes it: what is checked needs no place any more. */
    void take(Audit audit) throws IOException {
        for (Path partition : children(root)) {
            for (Path object : children(partition)) {
                if (object.getFileName().toString().matches(OBJECT)) {
                    try (Stream<String> lines = Files.lines(object, StandardCharsets.UTF_8)) {
                        lines.forEach(line -> audit.row(partition.getFileName().toString(), line));
                    }
                    Files.delete(object);
                }
            }
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(directory)) {
            return names.sorted().toList();
        }
    }
}
