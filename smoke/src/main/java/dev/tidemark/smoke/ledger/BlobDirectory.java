// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Every row of the JSON-lines objects that a directory sink wrote.
 *
 * <p>Objects lie at {@code <root>/<dataset>/<partition>/<since>-<through>-<tag>.jsonl}. Names that start with a dot are
 * unfinished and those that start with an underscore are the sink's own; a reader looks at neither.
 */
public final class BlobDirectory {
    private static final Pattern NAME = Pattern.compile("(\\d{19})-(\\d{19})-([a-z2-7]{10})\\.jsonl");

    private final Path root;

    /** {@code root} is the directory that holds one directory for each dataset. */
    public BlobDirectory(Path root) {
        this.root = root;
    }

    /** The rows by dataset, partition and range, in the order in which the objects hold them. */
    public List<SeenRow> rows() throws IOException {
        List<SeenRow> rows = new ArrayList<>();
        for (Path dataset : shown(root)) {
            for (Path partition : shown(dataset)) {
                read(rows, dataset.getFileName() + "/" + partition.getFileName(), shown(partition));
            }
        }
        return rows;
    }

    public int objects() throws IOException {
        int objects = 0;
        for (Path dataset : shown(root)) {
            for (Path partition : shown(dataset)) {
                objects += shown(partition).size();
            }
        }
        return objects;
    }

    private static void read(List<SeenRow> rows, String place, List<Path> objects) throws IOException {
        long reached = -1;
        for (Path object : objects) {
            Matcher name = NAME.matcher(object.getFileName().toString());
            BrokenPromise.unless(name.matches(), "%s is not the name of an object", object);
            long since = Long.parseLong(name.group(1));
            long through = Long.parseLong(name.group(2));
            BrokenPromise.unless(
                    since < through && since >= reached,
                    "%s overlaps the object before it, through %d",
                    object,
                    reached);
            reached = through;
            List<String> lines = Files.readAllLines(object);
            BrokenPromise.unless(!lines.isEmpty(), "%s has no rows", object);
            for (String line : lines) {
                JsonNode fields = RowPages.parse(line);
                rows.add(new SeenRow(place, RowPages.sequence(fields), since, through, fields));
            }
        }
    }

    private static List<Path> shown(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(directory)) {
            return names.filter(path -> !path.getFileName().toString().startsWith("."))
                    .filter(path -> !path.getFileName().toString().matches("_tidemark|_receipts\\.jsonl"))
                    .sorted()
                    .toList();
        }
    }
}
