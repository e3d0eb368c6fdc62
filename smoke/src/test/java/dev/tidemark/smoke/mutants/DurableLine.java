// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One marked statement of one source file.
 *
 * @param rules the ids of the rules that break without it, which are the tags of the tests that must notice
 * @param name its own dotted name
 * @param start where the statement begins in the source
 * @param end just after its semicolon
 */
record DurableLine(Path file, String source, List<String> rules, String name, int start, int end) {
    private static final String MARK = "// durable:";
    private static final Pattern FORM =
            Pattern.compile("^ *// durable: (I\\d{1,2}(?:,I\\d{1,2})*) ([a-z][\\w-]*(?:\\.[a-z][\\w-]*)+)$");

    /** Finds every mark under a source directory; a mark of any other form is an error. */
    static List<DurableLine> under(Path sources) throws IOException {
        List<DurableLine> lines = new ArrayList<>();
        if (!Files.isDirectory(sources)) {
            return lines;
        }
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                lines.addAll(in(file, Files.readString(file)));
            }
        }
        return lines;
    }

    static List<DurableLine> in(Path file, String source) {
        List<DurableLine> found = new ArrayList<>();
        int offset = 0;
        for (String line : source.split("\n", -1)) {
            int next = offset + line.length() + 1;
            if (line.strip().startsWith(MARK)) {
                Matcher form = FORM.matcher(line);
                if (!form.matches()) {
                    throw new IllegalArgumentException(file + ": not a mark: " + line.strip());
                }
                int start = Statement.start(source, next);
                found.add(new DurableLine(
                        file,
                        source,
                        List.of(form.group(1).split(",", -1)),
                        form.group(2),
                        start,
                        Statement.end(source, start)));
            }
            offset = next;
        }
        return found;
    }

    String statement() {
        return source.substring(start, end);
    }

    /** The source without the statement; every other line keeps its number. */
    String without() {
        return source.substring(0, start) + statement().replaceAll("[^\n]", "") + source.substring(end);
    }
}
