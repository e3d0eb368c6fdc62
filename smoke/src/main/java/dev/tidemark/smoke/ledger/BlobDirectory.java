// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
    private final String tag;

    /** {@code root} is the directory that holds one directory for each dataset. */
    public BlobDirectory(Path root) {
        this(root, "");
    }

    private BlobDirectory(Path root, String tag) {
        this.root = root;
        this.tag = tag;
    }

    /** Only the objects of one sink and stream, which share the tag at the end of their names. */
    public BlobDirectory tagged(String ofStream) {
        return new BlobDirectory(root, ofStream);
    }

    /** The tags of all streams that wrote here. */
    public Set<String> tags() throws IOException {
        Set<String> tags = new TreeSet<>();
        for (Path dataset : shown(root)) {
            for (Path partition : shown(dataset)) {
                for (Path object : shown(partition)) {
                    tags.add(name(object).group(3));
                }
            }
        }
        return tags;
    }

    /** The rows by dataset, partition and range, in the order in which the objects hold them. */
    public List<SeenRow> rows() throws IOException {
        List<SeenRow> rows = new ArrayList<>();
        for (Path dataset : shown(root)) {
            for (Path partition : shown(dataset)) {
                read(rows, dataset.getFileName() + "/" + partition.getFileName(), objects(partition));
            }
        }
        return rows;
    }

    public int objects() throws IOException {
        int objects = 0;
        for (Path dataset : shown(root)) {
            for (Path partition : shown(dataset)) {
                objects += objects(partition).size();
            }
        }
        return objects;
    }

    private List<Path> objects(Path partition) throws IOException {
        return shown(partition).stream()
                .filter(object -> tag.isEmpty() || name(object).group(3).equals(tag))
                .toList();
    }

    private static Matcher name(Path object) {
        Matcher name = NAME.matcher(object.getFileName().toString());
        BrokenPromise.unless(name.matches(), "%s is not the name of an object", object);
        return name;
    }

    private static void read(List<SeenRow> rows, String place, List<Path> objects) throws IOException {
        long reached = -1;
        for (Path object : objects) {
            Matcher name = name(object);
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
