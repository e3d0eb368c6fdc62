// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Configurations that somebody will write, each with what is said of it: the table {@code hostile-configs.txt}. */
@Timeout(60)
final class HostileConfigsTest {
    private static final int CASES_LEAST = 170;
    private static final String SECRET = "hunter2";
    private static final String SOUND = "type: blob\nstore: {dir: /srv/sound}\n";
    private static final Pattern TIMES = Pattern.compile("\\((.)\\*(\\d+)\\)");
    private static final Pattern BYTE = Pattern.compile("\\\\(t|\\\\|x[0-9A-F]{2})");

    @TempDir
    Path directory;

    /** One entry of the table; the text of each file has a character for each byte. */
    private record Hostile(String name, boolean hasCredentials, Map<String, String> files, List<String> expected) {
        boolean stopsAll() {
            return expected.stream().anyMatch(each -> each.startsWith(TidemarkFile.NAME));
        }
    }

    @Test
    @Tag("I11")
    void eachIsToldWithItsPlaceAsTheTableSays() throws Exception {
        List<Hostile> all = read();
        assertTrue(all.size() >= CASES_LEAST, "there are " + all.size());
        places();
        List<String> differences = new ArrayList<>();
        for (int number = 0; number < all.size(); number++) {
            Hostile each = all.get(number);
            Path root = write(each, directory.resolve("case-" + number));
            List<String> told = configuration(each, root).examine().findings().stream()
                    .map(finding -> shown(finding.toString(), root))
                    .toList();
            if (!told.equals(each.expected())) {
                differences.add("== " + each.name() + "\n-> " + String.join("\n-> ", told));
            }
            told.forEach(line -> assertFalse(line.contains(SECRET), line));
        }
        assertEquals("", String.join("\n", differences));
    }

    @Test
    @Tag("I11")
    void theMainFileStopsEverythingAndASinksFileThatSinkOnly() throws Exception {
        places();
        List<Hostile> all = read();
        for (int number = 0; number < all.size(); number++) {
            Hostile each = all.get(number);
            Path root = write(each, directory.resolve("case-" + number));
            if (each.stopsAll()) {
                assertThrows(ConfigException.class, configuration(each, root)::load, each.name());
            } else {
                Config config = configuration(each, root).load().config();
                assertEquals(
                        each.expected(),
                        config.faults().stream()
                                .map(finding -> shown(finding.toString(), root))
                                .toList(),
                        each.name());
                assertEquals(
                        List.of("sound"),
                        config.sinks().stream().map(sink -> sink.name()).toList(),
                        each.name());
            }
        }
    }

    /** The same keys with other values, told in the same words, would prove nothing more. */
    @Test
    void noTwoDifferInALiteralOnly() throws Exception {
        Map<String, String> seen = new HashMap<>();
        for (Hostile each : read()) {
            String shape = each.files().values().stream()
                            .map(text -> text.replaceAll("(?<=: |\\[|, )\"?[\\w./%$@~*-]+\"?(?=[,}\\]\\n]|$)", "_"))
                            .collect(Collectors.joining("\n"))
                    + each.expected().stream()
                            .map(line -> line.replaceAll("\"[^\"]*\"", "_").replaceAll("\\d+", "0"))
                            .collect(Collectors.joining("\n"));
            String other = seen.putIfAbsent(shape, each.name());
            assertTrue(other == null, () -> "\"" + each.name() + "\" is \"" + other + "\" with another value");
        }
    }

    private String shown(String finding, Path root) {
        return finding.replace(root + "/", "").replace(directory.toString(), "$DIR");
    }

    /** What the table speaks of beside the configuration. */
    private void places() throws IOException {
        Files.writeString(directory.resolve("secret"), SECRET);
        Files.writeString(directory.resolve("lines"), SECRET + "\nand more");
        Files.write(directory.resolve("bytes"), new byte[] {(byte) 0xFF, (byte) 0xFE});
        Files.writeString(directory.resolve("large"), "x".repeat(1 << 17));
        Files.createDirectories(directory.resolve("credentials"));
    }

    private ConfigDirectory configuration(Hostile hostile, Path root) {
        Map<String, String> environment = new HashMap<>(Map.of("PLACE", "the cellar", "SECRET", SECRET));
        if (hostile.hasCredentials()) {
            environment.put(
                    "CREDENTIALS_DIRECTORY", directory.resolve("credentials").toString());
        }
        return new ConfigDirectory(root, 8L << 30, environment);
    }

    private Path write(Hostile hostile, Path root) throws IOException {
        Files.createDirectories(root.resolve("sinks.d"));
        Files.writeString(root.resolve("sinks.d/sound.yaml"), SOUND);
        for (Map.Entry<String, String> file : hostile.files().entrySet()) {
            String text = file.getValue().replace("$DIR", directory.toString());
            Files.write(root.resolve(file.getKey()), text.getBytes(StandardCharsets.ISO_8859_1));
        }
        return root;
    }

    private static List<Hostile> read() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(HostileConfigsTest.class.getResourceAsStream("hostile-configs.txt"))) {
            String[] parts = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("(?m)^== ", -1);
            return Arrays.stream(parts)
                    .skip(1)
                    .map(part -> parse(part.lines().toList()))
                    .toList();
        }
    }

    private static Hostile parse(List<String> lines) {
        boolean hasCredentials = false;
        String file = TidemarkFile.NAME;
        Map<String, String> files = new LinkedHashMap<>();
        List<String> expected = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith("-> ")) {
                expected.add(repeated(line.substring(3)));
            } else if (line.equals("% credentials")) {
                hasCredentials = true;
            } else if (line.startsWith("@ ")) {
                file = repeated(line.substring(2));
            } else if (line.startsWith("|")) {
                files.merge(file, unescaped(line.substring(1)) + "\n", String::concat);
            }
        }
        return new Hostile(lines.getFirst(), hasCredentials, files, expected);
    }

    private static String repeated(String text) {
        return TIMES.matcher(text)
                .replaceAll(times -> Matcher.quoteReplacement(times.group(1).repeat(Integer.parseInt(times.group(2)))));
    }

    private static String unescaped(String text) {
        byte[] bytes = repeated(text).getBytes(StandardCharsets.UTF_8);
        return BYTE.matcher(new String(bytes, StandardCharsets.ISO_8859_1))
                .replaceAll(escape -> Matcher.quoteReplacement(
                        switch (escape.group(1).charAt(0)) {
                            case 't' -> "\t";
                            case 'x' ->
                                String.valueOf(
                                        (char) Integer.parseInt(escape.group(1).substring(1), 16));
                            default -> "\\";
                        }));
    }
}
