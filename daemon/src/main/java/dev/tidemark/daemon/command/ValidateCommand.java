// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource.Loaded;
import dev.tidemark.daemon.config.Examination;
import dev.tidemark.daemon.config.Finding;
import dev.tidemark.daemon.config.Outline;
import dev.tidemark.sinks.Inquiry;
import dev.tidemark.sinks.SinkSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code validate}: everything that is wrong with the configuration, and what of it is not read. */
@Command(name = "validate", description = "Says everything that is wrong with the configuration.")
final class ValidateCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    @Option(names = "--online", description = "asks the destinations too; nothing is written there")
    private boolean online;

    ValidateCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Examination examined = tidemark.configDirectory().examine();
        if (online && examined.findings().isEmpty()) {
            examined = asked(examined);
        }
        PrintWriter out = console.out();
        if (json) {
            out.println(toJson(examined));
        } else {
            examined.findings().forEach(out::println);
            examined.ignored().forEach(file -> out.println(file + ": ignored"));
            console.talk()
                    .println(
                            examined.findings().isEmpty()
                                    ? "ok"
                                    : "errors: " + examined.findings().size());
        }
        return examined.findings().isEmpty() ? 0 : CommandException.CONFIGURATION;
    }

    /** With what destinations have to say against being delivered to. */
    private Examination asked(Examination examined) throws ConfigException, IOException {
        Loaded loaded = tidemark.configSource().load();
        List<Finding> findings = new ArrayList<>();
        for (SinkSettings sink : loaded.config().sinks()) {
            Inquiry.Answer answer = Inquiry.of(sink, new LocalDisk());
            console.talk().println(sink.name() + ": " + answer.said());
            Outline outline = loaded.outlines().sink(sink.name()).orElseThrow();
            if (!answer.ok()) {
                findings.add(outline.finding("type", answer.said(), null));
            }
        }
        return new Examination(findings, examined.ignored());
    }

    private static ObjectNode toJson(Examination examined) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("ok", examined.findings().isEmpty());
        ArrayNode errors = object.putArray("errors");
        for (Finding finding : examined.findings()) {
            errors.addObject()
                    .put("file", finding.file())
                    .put("line", finding.line())
                    .put("column", finding.column())
                    .put("message", finding.message())
                    .put("hint", finding.hint());
        }
        ArrayNode ignored = object.putArray("ignored");
        examined.ignored().forEach(file -> ignored.add(file.toString()));
        return object;
    }
}
