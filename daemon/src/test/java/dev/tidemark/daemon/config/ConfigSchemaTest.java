// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written about the files, what the schema says of them and what the binding takes are the same. */
class ConfigSchemaTest {
    private static final Pattern EXAMPLE = Pattern.compile(
            "cat > etc/(tidemark\\.yaml|sinks\\.d/[a-z-]+\\.yaml) <<'?END'?\\n(.*?)\\nEND\\n", Pattern.DOTALL);

    @TempDir
    Path directory;

    private final JsonNode schema = new ConfigSchema(1L << 32).schema();

    @Test
    void everyKeyIsInTheReadme() throws IOException {
        String readme = readme();
        List<String> missing = new ArrayList<>();
        leaves(schema).keySet().stream()
                .filter(key -> !readme.contains(key.substring(key.lastIndexOf('.') + 1)))
                .forEach(missing::add);
        for (JsonNode kind : schema.at("/$defs/sink/oneOf")) {
            leaves(kind).keySet().stream()
                    .filter(key -> !readme.contains(key.substring(key.lastIndexOf('.') + 1)))
                    .forEach(missing::add);
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void theExamplesOfTheReadmeAreTaken() throws IOException {
        Files.createDirectories(directory.resolve("sinks.d"));
        Matcher example = EXAMPLE.matcher(readme());
        int examples = 0;
        while (example.find()) {
            Files.writeString(
                    directory.resolve(example.group(1)), example.group(2).replace("$PWD", "/srv"));
            examples++;
        }
        assertEquals(2, examples);
        assertEquals(
                List.of(),
                new ConfigDirectory(directory, 1L << 32, Map.of()).examine().findings());
    }

    @Test
    void aDefaultOfTheSchemaIsTakenForTheKeyThatHasIt() throws IOException {
        StringBuilder file = new StringBuilder();
        leaves(schema).forEach((key, leaf) -> {
            boolean named = key.startsWith("datasets.") || key.startsWith("listen.tokens.");
            if (leaf.has("default") && !named && !key.equals("name")) {
                String[] words = key.split("\\.", -1);
                StringBuilder line = new StringBuilder(leaf.get("default").toString());
                for (int word = words.length - 1; word > 0; word--) {
                    line.insert(0, "{" + words[word] + ": ").append("}");
                }
                try {
                    Path only = Files.createDirectories(directory.resolve(key));
                    Files.writeString(only.resolve("tidemark.yaml"), words[0] + ": " + line + "\n");
                    new ConfigDirectory(only, 1L << 32, Map.of())
                            .examine()
                            .findings()
                            .forEach(finding -> file.append(finding).append('\n'));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        assertEquals("", file.toString());
    }

    private static Map<String, JsonNode> leaves(JsonNode node) {
        Map<String, JsonNode> leaves = new TreeMap<>();
        collect("", node, leaves);
        return leaves;
    }

    private static void collect(String before, JsonNode node, Map<String, JsonNode> leaves) {
        node.path("properties").properties().forEach(each -> {
            String key = before + each.getKey();
            if (each.getValue().has("properties")
                    || each.getValue().path("additionalProperties").isObject()) {
                collect(key + ".", each.getValue(), leaves);
            } else {
                leaves.put(key, each.getValue());
            }
        });
        if (node.path("additionalProperties").isObject()) {
            collect(before, node.path("additionalProperties"), leaves);
        }
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("..", "README.md"));
    }
}
