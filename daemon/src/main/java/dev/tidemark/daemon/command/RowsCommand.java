// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rows}: the rows after a token as NDJSON, and on stderr the token to go on with. */
@Command(name = "rows", description = "Prints rows as NDJSON, and the token to go on with on stderr.")
final class RowsCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    private static final long PAGE_ROWS = 10_000;

    @Parameters(paramLabel = "DATASET", description = "the dataset")
    private String dataset = "";

    @Option(names = "--since", paramLabel = "TOKEN", description = "0, seq:N, or a token")
    private String since = "0";

    @Option(names = "--partition", paramLabel = "P", description = "only this partition, encoded")
    private @Nullable String partition;

    @Option(names = "--limit", paramLabel = "N", description = "at most so many rows")
    private @Nullable Long limit;

    @Option(names = "--meta", description = "with the hidden columns")
    private boolean meta;

    RowsCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        long left = limit == null ? Long.MAX_VALUE : limit;
        String token = since;
        DaemonClient daemon = tidemark.daemon();
        boolean more = left > 0;
        while (more) {
            Reply page = daemon.read(path(token, Math.min(left, PAGE_ROWS)));
            console.out().print(page.body());
            left -= lines(page.body());
            token = page.header("Tidemark-After").orElse(token);
            more = left > 0
                    && page.header("Tidemark-More").filter("true"::equals).isPresent();
        }
        console.out().flush();
        console.talk().println("after " + token);
        return 0;
    }

    private String path(String token, long pageRows) {
        return "/v1/datasets/" + UrlText.encode(dataset) + "/rows?since=" + UrlText.encode(token) + "&limit=" + pageRows
                + (partition == null ? "" : "&partition=" + UrlText.encode(partition))
                + (meta ? "&meta=1" : "");
    }

    private static long lines(String body) {
        return body.chars().filter(each -> each == '\n').count();
    }
}
