// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.http.VerificationJson;
import dev.tidemark.sinks.SinkExamination;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code verify}: holds everything on disk against itself, in the daemon when there is one. */
@Command(
        name = "verify",
        description =
                "Holds everything that is stored against itself, and changes nothing. Exits 1 when a check fails.")
final class VerifyCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    VerifyCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        Optional<DaemonClient> daemon = tidemark.runningDaemon();
        JsonNode found;
        try (Progress _ = Progress.of(console, "reading everything that is stored")) {
            found = daemon.isPresent()
                    ? DaemonClient.json(daemon.get().postAndWait("/v1/verify"))
                    : JSON.readTree(offline(tidemark.requireCache()));
        }
        PrintWriter out = console.out();
        if (json) {
            out.println(found);
        } else {
            print(found, out);
        }
        return found.path("ok").asBoolean() ? 0 : CommandException.CHECK_FAILED;
    }

    private String offline(Path data) throws IOException {
        DurableFiles files = new DurableFiles(new LocalDisk());
        try (DirectoryLock _ = DirectoryLock.share(data)) {
            SinkExamination sinks = Sinks.examine(data.resolve("sinks"), files);
            Verification cache = Cache.verify(data, files, clock);
            StringWriter text = new StringWriter();
            try (JsonGenerator generator = JSON.createGenerator(text)) {
                VerificationJson.write(cache.and(sinks.against(cache)), generator);
            }
            return text.toString();
        }
    }

    private static void print(JsonNode found, PrintWriter out) {
        for (JsonNode check : found.path("checks")) {
            out.printf(
                    "%s  %-4s %s  examined %s%n",
                    check.path("ok").asBoolean() ? "ok    " : "FAILED",
                    check.path("rule").asText(),
                    check.path("name").asText(),
                    check.path("examined").asText());
            check.path("findings").forEach(finding -> out.println("        " + finding.asText()));
        }
    }
}
