// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the demo: each has an id from 0 on, so that a lost or doubled one shows. */
final class DemoRows {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String[] REGIONS = {"north", "east", "south", "west"};
    private static final String OBJECT_SUFFIX = ".jsonl";

    private DemoRows() {}

    /** NDJSON of the ids from {@code first} on that are below {@code end}. */
    static String ndjson(int first, int end) {
        StringBuilder text = new StringBuilder();
        for (int id = first; id < end; id++) {
            text.append("{\"id\":").append(id).append(",\"region\":\"").append(REGIONS[id % REGIONS.length]);
            text.append("\",\"level\":").append(id % 1000 / 10.0).append("}\n");
        }
        return text.toString();
    }

    /** The id in one line of NDJSON. */
    private static int id(String line) throws IOException {
        JsonNode id = JSON.readTree(line).path("id");
        if (!id.isInt()) {
            throw new IOException("a row of the demo came back without its id");
        }
        return id.intValue();
    }

    /**
     * What lies in a directory of objects.
     *
     * @param ids that were found at all
     * @param rows that were found, doubled ones counted
     */
    record Found(BitSet ids, long rows) {
        long duplicates() {
            return rows - ids.cardinality();
        }

        long missing(int of) {
            return (long) of - ids.get(0, of).cardinality();
        }
    }

    /** Reads every object below a directory. */
    static Found in(Path directory) throws IOException {
        List<Path> objects;
        try (Stream<Path> files = Files.walk(directory)) {
            objects = files.filter(file -> isObject(file.getFileName().toString()))
                    .toList();
        }
        BitSet ids = new BitSet();
        long rows = 0;
        for (Path object : objects) {
            try (BufferedReader lines = Files.newBufferedReader(object)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    ids.set(id(line));
                    rows++;
                }
            }
        }
        return new Found(ids, rows);
    }

    /** Reads every row of a daemon's dataset. */
    static Found at(DaemonClient daemon, String path) throws IOException, CommandException {
        BitSet ids = new BitSet();
        long rows = 0;
        String since = "0";
        while (true) {
            Reply page = daemon.read(path + "?columns=id&since=" + since);
            for (String line : page.body().lines().toList()) {
                ids.set(id(line));
                rows++;
            }
            since = page.header("Tidemark-After").orElseThrow();
            if (page.header("Tidemark-More").orElse("").equals("false")) {
                return new Found(ids, rows);
            }
        }
    }

    /** Receipts and half-written parts lie beside the objects. */
    private static boolean isObject(String name) {
        return name.endsWith(OBJECT_SUFFIX) && !name.startsWith("_") && !name.startsWith(".");
    }
}
