// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.house;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of the source tree that these tests run in.
 *
 * @param committed the paths that belong to it, relative to {@code root}
 * @param texts every text in it, by path; one that git does not know yet and does not ignore too, since it is about to
 *     be committed
 */
record SourceTree(Path root, List<String> committed, Map<String, String> texts) {
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"(I\\d+)\"\\)");
    private static final Pattern TEST =
            Pattern.compile("@Test(?:Factory)?\\s+(?:@\\w+(?:\\([^)]*\\))?\\s+)*(?:void|Stream<\\w+>) (\\w+)\\(");
    private static final Pattern FLOW = Pattern.compile("public String name\\(\\) \\{\\s+return \"([a-z-]+)\";");

    static SourceTree here() throws IOException, InterruptedException {
        Path root = topLevel();
        List<String> committed = git(root, "--cached");
        List<String> all = git(root, "--cached", "--others", "--exclude-standard");
        if (committed.isEmpty()) {
            // A release unpacked somewhere: what is there is what was committed, and what a build left.
            all = listing(root);
            committed = all;
        }
        Map<String, String> texts = new TreeMap<>();
        for (String path : all) {
            Path file = root.resolve(path);
            if (Files.isRegularFile(file)) {
                text(Files.readAllBytes(file)).ifPresent(text -> texts.put(path, text));
            }
        }
        return new SourceTree(root, committed, texts);
    }

    /** The rule ids that some test is tagged with. */
    TreeSet<String> testedRules() {
        TreeSet<String> rules = new TreeSet<>();
        texts.forEach((path, text) -> {
            if (path.endsWith(".java") && path.contains("/src/test/")) {
                Matcher tags = TAG.matcher(text);
                while (tags.find()) {
                    rules.add(tags.group(1));
                }
            }
        });
        return rules;
    }

    /** The tests of each class that has some; two classes of one name count as one. */
    Map<String, Set<String>> tests() {
        Map<String, Set<String>> tests = new TreeMap<>();
        texts.forEach((path, text) -> {
            if (path.endsWith(".java") && path.contains("/src/test/")) {
                String name = path.substring(path.lastIndexOf('/') + 1, path.length() - ".java".length());
                Set<String> methods = tests.computeIfAbsent(name, none -> new TreeSet<>());
                Matcher method = TEST.matcher(text);
                while (method.find()) {
                    methods.add(method.group(1));
                }
            }
        });
        return tests;
    }

    /** The names of the smoke flows. */
    Set<String> flows() {
        Set<String> flows = new TreeSet<>();
        texts.forEach((path, text) -> {
            if (path.startsWith("smoke/src/main/") && path.endsWith(".java")) {
                Matcher flow = FLOW.matcher(text);
                while (flow.find()) {
                    flows.add(flow.group(1));
                }
            }
        });
        return flows;
    }

    private static Optional<String> text(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException notText) {
            return Optional.empty();
        }
    }

    private static Path topLevel() {
        Path start = Path.of(System.getProperty("tidemark.root", System.getProperty("user.dir")))
                .toAbsolutePath();
        for (Path at = start; at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("cache")) && Files.isDirectory(at.resolve("smoke"))) {
                return at;
            }
        }
        throw new IllegalStateException("no source tree at or above " + start);
    }

    /** What {@code git ls-files} prints; nothing without git, or outside a checkout. */
    private static List<String> git(Path root, String... selection) throws InterruptedException, IOException {
        List<String> command = new ArrayList<>(List.of("git", "ls-files", "-z"));
        command.addAll(List.of(selection));
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(root.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException noGit) {
            return List.of();
        }
        String names = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            return List.of();
        }
        return Stream.of(names.split("\0", -1)).filter(name -> !name.isEmpty()).toList();
    }

    private static List<String> listing(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(path -> !path.startsWith(".git/")
                            && !path.startsWith("target/")
                            && !path.contains("/target/")
                            && !path.contains("tidemark-data/"))
                    .sorted()
                    .toList();
        }
    }
}
