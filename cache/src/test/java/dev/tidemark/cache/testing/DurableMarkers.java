// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The {@code // durable:} markers of the product, read from its source. */
public final class DurableMarkers {
    private static final Pattern MARKER = Pattern.compile("\\s*// durable: (I\\d+(?:, ?I\\d+)*) ([a-z0-9.-]+)\\s*");
    private static final String SOURCE = "src/main/java";

    private final List<Marker> all;
    private final Map<String, List<Marker>> byClass = new HashMap<>();

    private DurableMarkers(List<Marker> all) {
        this.all = List.copyOf(all);
        for (Marker marker : all) {
            byClass.computeIfAbsent(marker.className(), absent -> new ArrayList<>())
                    .add(marker);
        }
    }

    /**
     * One marker and the statement below it.
     *
     * @param rules the rules that break without the statement
     * @param className the outermost class that has it
     * @param from the statement's first line
     * @param to its last line
     */
    public record Marker(String name, List<String> rules, String className, int from, int to) {}

    /** Reads the sources of one module. */
    public static DurableMarkers of(String module) throws IOException {
        Path source = root().resolve(module).resolve(SOURCE);
        List<Marker> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                String relative = source.relativize(file).toString();
                String className = relative.substring(0, relative.length() - ".java".length())
                        .replace('/', '.');
                scan(className, Files.readAllLines(file), found);
            }
        }
        return new DurableMarkers(found);
    }

    public List<Marker> all() {
        return all;
    }

    /** The marker of the statement that this line is part of. */
    public Optional<Marker> at(String className, int line) {
        int nested = className.indexOf('$');
        String outermost = nested < 0 ? className : className.substring(0, nested);
        return byClass.getOrDefault(outermost, List.of()).stream()
                .filter(marker -> marker.from() <= line && line <= marker.to())
                .findFirst();
    }

    private static void scan(String className, List<String> lines, List<Marker> found) {
        for (int i = 0; i < lines.size(); i++) {
            Matcher marker = MARKER.matcher(lines.get(i));
            if (!marker.matches()) {
                continue;
            }
            int from = i + 1;
            while (lines.get(from).isBlank() || lines.get(from).strip().startsWith("//")) {
                from++;
            }
            int to = from;
            while (!lines.get(to).strip().endsWith(";")) {
                to++;
            }
            List<String> rules = List.of(marker.group(1).split(", ?", -1));
            found.add(new Marker(marker.group(2), rules, className, from + 1, to + 1));
        }
    }

    /** The directory of the whole project: told by the build, or found above the working directory. */
    private static Path root() throws IOException {
        String told = System.getProperty("tidemark.root");
        if (told != null) {
            return Path.of(told);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path pom = at.resolve("pom.xml");
            if (Files.exists(pom) && Files.readString(pom).contains("<modules>")) {
                return at;
            }
        }
        throw new IOException(
                "no pom.xml with modules at or above " + Path.of("").toAbsolutePath());
    }
}
