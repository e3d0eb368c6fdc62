// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code rows}: the rows after a token as NDJSON, and on stderr the token to go on with.
 *
 * <p>With a token file it goes on where it was stopped: the token is written once the rows before it are out, so that
 * after a kill a page may come again, and none is left out.
 */
@Command(name = "rows", description = "Prints rows as NDJSON, and the token to go on with on stderr.")
final class RowsCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    private static final long PAGE_ROWS = 10_000;
    private static final String START = "0";

    @Parameters(paramLabel = "DATASET", description = "the dataset")
    private String dataset = "";

    @Option(names = "--since", paramLabel = "TOKEN", description = "0, seq:N, or a token")
    private @Nullable String since;

    @Option(names = "--partition", paramLabel = "P", description = "only this partition, encoded")
    private @Nullable String partition;

    @Option(names = "--limit", paramLabel = "N", description = "at most so many rows")
    private @Nullable Long limit;

    @Option(names = "--columns", paramLabel = "A,B", description = "only these columns")
    private @Nullable String columns;

    @Option(names = "--follow", description = "waits for more rows, for ever")
    private boolean follow;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "begins after the token in it, and keeps it there")
    private @Nullable Path tokenFile;

    @Option(names = "--meta", description = "with the hidden columns")
    private boolean meta;

    @Mixin
    @SuppressWarnings("unused") // It is taken, and that is all.
    private AlwaysJson json = new AlwaysJson();

    RowsCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        long left = limit == null ? Long.MAX_VALUE : limit;
        DurableFiles files = new DurableFiles(new LocalDisk());
        String token = begin();
        PatientReader daemon = new PatientReader(tidemark::daemon, follow);
        boolean more = left > 0;
        while (more) {
            Reply page = daemon.read(path(token, Math.min(left, PAGE_ROWS)));
            console.out().print(page.body());
            console.out().flush();
            if (console.out().checkError()) {
                // Nobody reads any more, and what was printed last may not have been read.
                return CommandException.INPUT_OUTPUT;
            }
            left -= lines(page.body());
            String after = page.header("Tidemark-After").orElse(token);
            if (tokenFile != null && !after.equals(token)) {
                files.replace(tokenFile.toAbsolutePath(), (after + "\n").getBytes(StandardCharsets.UTF_8));
            }
            token = after;
            more = left > 0
                    && (follow
                            || page.header("Tidemark-More")
                                    .filter("true"::equals)
                                    .isPresent());
        }
        console.talk().println("after " + token);
        return 0;
    }

    private String begin() throws IOException {
        if (tokenFile != null && Files.exists(tokenFile)) {
            return Files.readString(tokenFile).strip();
        }
        return since == null ? START : since;
    }

    private String path(String token, long pageRows) {
        return "/v1/datasets/" + UrlText.encode(dataset) + "/rows?since=" + UrlText.encode(token) + "&limit=" + pageRows
                + (partition == null ? "" : "&partition=" + UrlText.encode(partition))
                + (columns == null ? "" : "&columns=" + UrlText.encode(columns))
                + (follow ? "&wait=30s" : "")
                + (meta ? "&meta=1" : "");
    }

    private static long lines(String body) {
        return body.chars().filter(each -> each == '\n').count();
    }
}
