// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.sinks.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The JSON Schema of the files, made of what their binding asks for: samples are bound, and their outlines are the keys.
 *
 * <p>It says which keys there are, of what type, with which default. What a value may be beyond that, the binding says.
 */
public final class ConfigSchema {
    private static final String SAMPLE_DATASET = "sample_dataset";
    private static final String SAMPLE_NAME = "sample";
    private static final String MAIN = """
            datasets: {sample_dataset: {columns: {sample: {type: string}}}}
            listen: {tokens: {sample: {scope: read, value: sample}}}
            """;
    private static final Map<String, List<String>> SINKS = new TreeMap<>(
            Map.of(
                    "blob",
                    List.of(
                            "type: blob\nstore: {dir: /srv/export}",
                            "type: blob\nstore: {s3: {bucket: acme, region: eu-west-1}}"),
                    "forward",
                    List.of("""
            type: forward
            url: http://localhost/
            auth: {basic: {user: me, password: sample}}
            headers: {sample: sample}
            """),
                    "iceberg",
                    List.of(
                            "type: iceberg\nwarehouse: {dir: /srv/lake}\nnamespace: edge",
                            "type: iceberg\nwarehouse: {s3: {bucket: acme, region: eu-west-1}}\nnamespace: edge",
                            "type: iceberg\ncatalog: {rest: {uri: http://localhost/, s3: {region: eu-west-1}}}\nnamespace: edge")));
    private static final String SIZE = "^[0-9]+(B|KiB|MiB|GiB|TiB)?$";
    private static final String DURATION = "^[0-9]+(ms|s|m|h|d)$";

    private final long hostMemory;

    public ConfigSchema(long hostMemory) {
        this.hostMemory = hostMemory;
    }

    /** The schema of {@code tidemark.yaml}; that of a sink's file is its definition {@code sink}. */
    public ObjectNode schema() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "tidemark.yaml");
        object(root);
        main().settings().forEach(setting -> put(root, setting));
        ObjectNode sink = root.putObject("$defs").putObject("sink");
        sink.put("title", "sinks.d/NAME.yaml");
        var kinds = sink.putArray("oneOf");
        SINKS.forEach((type, samples) -> {
            ObjectNode kind = kinds.addObject();
            object(kind);
            samples.forEach(sample -> sinkOf(sample).settings().forEach(setting -> put(kind, setting)));
            ((ObjectNode) kind.get("properties")).putObject("type").put("const", type);
            kind.putArray("required").add("type");
        });
        return root;
    }

    /** What binding a sample of {@code tidemark.yaml} asked for. */
    private Outline main() {
        Outline outline = new Outline(TidemarkFile.NAME);
        Findings findings = new Findings(TidemarkFile.NAME);
        new TidemarkFile(findings, outline, hostMemory).bind(read(MAIN, findings));
        return outline;
    }

    private static Outline sinkOf(String sample) {
        Outline outline = new Outline("sample");
        Findings findings = new Findings("sample");
        new SinkFile(findings, outline).bind("sample", read(sample, findings));
        return outline;
    }

    private static Located.Mapping read(String sample, Findings findings) {
        return YamlTree.read(sample.getBytes(StandardCharsets.UTF_8), new Interpolation(Map.of()), findings);
    }

    private static void object(ObjectNode node) {
        if (!node.has("properties")) {
            node.put("type", "object");
            node.putObject("properties");
            node.put("additionalProperties", false);
        }
    }

    private static void put(ObjectNode root, Outline.Setting setting) {
        ObjectNode node = root;
        for (String word : setting.key().split("\\.", -1)) {
            object(node);
            node = below(node, word);
        }
        if (!node.has("properties")) {
            leaf(node, setting.value());
        }
    }

    private static ObjectNode below(ObjectNode node, String word) {
        if (word.equals(SAMPLE_DATASET) || word.equals(SAMPLE_NAME)) {
            return node.get("additionalProperties") instanceof ObjectNode each
                    ? each
                    : node.putObject("additionalProperties");
        }
        ObjectNode properties = (ObjectNode) node.get("properties");
        return properties.get(word) instanceof ObjectNode known ? known : properties.putObject(word);
    }

    private static void leaf(ObjectNode node, @Nullable Object value) {
        switch (value) {
            case null -> node.putArray("type").add("string").add("number").add("boolean");
            case Boolean truth -> node.put("type", "boolean").put("default", truth);
            case Integer count -> node.put("type", "integer").put("default", count);
            case Long size -> {
                node.putArray("type").add("integer").add("string");
                node.put("pattern", SIZE.replace("^", "^auto$|^")).put("default", ShownSetting.text(size));
            }
            case Duration duration ->
                node.put("type", "string").put("pattern", DURATION).put("default", ShownSetting.text(duration));
            case Level level -> words(node, Level.values(), level);
            case Enum<?> word -> words(node, word.getDeclaringClass().getEnumConstants(), word);
            case List<?> list -> node.put("type", "array").putObject("items").put("type", "string");
            case Secret secret -> node.put("type", "string");
            case Object other -> {
                node.put("type", "string");
                String text = ShownSetting.text(other);
                if (text != null && !text.startsWith("sample")) {
                    node.put("default", text);
                }
            }
        }
    }

    private static void words(ObjectNode node, Enum<?>[] all, Enum<?> usual) {
        var words = node.putArray("enum");
        for (Enum<?> each : all) {
            words.add(each.name().toLowerCase(Locale.ROOT));
        }
        node.put("default", usual.name().toLowerCase(Locale.ROOT));
    }
}
