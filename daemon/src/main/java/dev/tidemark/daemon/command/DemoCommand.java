// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: shows the main job end to end in a temporary directory, with a kill -9 half way. */
@Command(name = "demo", description = "Shows the main job end to end, with a kill -9 half way.")
final class DemoCommand implements Callable<Integer> {
    private final Console console;

    private static final int LOG_LINES_SHOWN = 20;

    @Option(names = "--keep", description = "keeps the directory, and says where it is")
    private boolean keep;

    @Option(names = "--json", description = "ends with an object")
    private boolean json;

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter talk = console.talk();
        DurableFiles files = new DurableFiles(new LocalDisk());
        Path directory = Files.createTempDirectory("tidemark-demo-").toRealPath();
        try {
            return show(new Demo(directory, files, talk), talk);
        } finally {
            if (keep) {
                talk.println("kept " + directory);
            } else {
                remove(directory, files);
            }
        }
    }

    private int show(Demo demo, PrintWriter talk) throws IOException {
        PrintWriter out = console.out();
        try {
            Demo.Outcome outcome = demo.run();
            out.println(json ? outcome.toJson() : outcome.line());
            return outcome.ok() ? 0 : CommandException.CHECK_FAILED;
        } catch (Exception e) {
            lastLines(demo.log()).forEach(talk::println);
            String why = String.valueOf(e.getMessage());
            out.println(
                    json
                            ? JsonNodeFactory.instance
                                    .objectNode()
                                    .put("ok", false)
                                    .put("error", why)
                                    .toString()
                            : "demo failed " + why);
            return CommandException.CHECK_FAILED;
        }
    }

    private static List<String> lastLines(Path log) throws IOException {
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        return lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
    }

    private static void remove(Path directory, DurableFiles files) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(directory)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : deepestFirst) {
            files.disk().delete(each);
        }
    }
}
