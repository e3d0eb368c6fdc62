// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.encoding.Hidden;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/**
 * {@code GET /v1/datasets/{ds}/rows}: one page of rows after a token, and the token after it.
 *
 * <p>The token is a header, so that a page is in memory before its first byte is sent; its size is what bounds it.
 */
final class ReadRows implements Route {
    private static final int LIMIT = 10_000;
    private static final int LIMIT_MAX = 100_000;
    private static final long BYTES = 8L << 20;
    private static final long BYTES_MAX = 64L << 20;
    private static final Duration WAIT_MAX = Duration.ofSeconds(60);
    private static final int BATCH_ROWS = 1024;
    private static final long BATCH_BYTES = 4 << 20;

    private final Cache cache;
    private final HeapBudget heap;
    private final Arrivals arrivals;
    private final BufferAllocator memory;

    ReadRows(Cache cache, HeapBudget heap, Arrivals arrivals, BufferAllocator memory) {
        this.memory = memory;
        this.cache = cache;
        this.heap = heap;
        this.arrivals = arrivals;
    }

    /** What one request wants of each page that is tried for it. */
    private record Wish(
            Dataset dataset,
            Continuation since,
            Legacy legacy,
            int limit,
            long bytesMax,
            Columns columns,
            Hidden hidden,
            Format format) {}

    /** How rows are written. */
    private enum Format {
        NDJSON,
        ARROW
    }

    /** Whether a reader wants legacy rows. */
    private enum Legacy {
        READ,
        SKIP
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/datasets/{ds}/rows";
    }

    @Override
    public Permission permission() {
        return Permission.READ;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        Dataset dataset = Datasets.existing(cache, request);
        Query query = request.query();
        query.allow("since", "partition", "limit", "max_bytes", "wait", "columns", "meta", "legacy", "format");
        Wish wish = new Wish(
                dataset,
                ReaderScope.since(cache, ReaderScope.scope(dataset, query), query),
                legacy(query),
                query.count("limit", LIMIT, LIMIT_MAX),
                query.size("max_bytes", BYTES, BYTES_MAX),
                Columns.parse(dataset, query),
                query.flag("meta") ? Hidden.SHOWN : Hidden.LEFT_OUT,
                format(query));
        long left = query.duration("wait", Duration.ZERO, WAIT_MAX).toNanos();
        while (true) {
            long seen = arrivals.count();
            Filled page = page(wish);
            if (page.rows() > 0 || left <= 0) {
                return page.answer();
            }
            page.answer().body().close();
            left = arrivals.await(seen, left);
        }
    }

    private static Format format(Query query) throws RefusedException {
        String value = query.text("format").orElse("ndjson");
        return switch (value) {
            case "ndjson" -> Format.NDJSON;
            case "arrow" -> Format.ARROW;
            default -> throw Query.refused("format", "is ndjson or arrow");
        };
    }

    private static Legacy legacy(Query query) throws RefusedException {
        String value = query.text("legacy").orElse("read");
        return switch (value) {
            case "read" -> Legacy.READ;
            case "skip" -> Legacy.SKIP;
            default -> throw Query.refused("legacy", "is skip, or read");
        };
    }

    @Override
    public void stop() {
        arrivals.end();
    }

    @Override
    public void crowded(int callers) {
        arrivals.release(callers);
    }

    /** An answer, and how many rows are in it. */
    private record Filled(Answer answer, int rows) {}

    private Filled page(Wish wish) throws IOException, RefusedException {
        RowPage page = switch (wish.format()) {
            case NDJSON -> new Page(wish.hidden(), wish.limit(), wish.bytesMax(), heap.lease());
            case ARROW -> new ArrowPage(wish.hidden(), wish.limit(), wish.bytesMax(), heap.lease());
        };
        try {
            return filled(page, wish);
        } catch (Page.NoRoomException e) {
            page.close();
            throw e.refused();
        } catch (IOException | RuntimeException e) {
            page.close();
            throw e;
        }
    }

    private Filled filled(RowPage page, Wish wish) throws IOException {
        ReadRequest request = wish.columns()
                .of(ReadRequest.since(wish.since()))
                .inBatchesOf(Math.min(wish.limit(), BATCH_ROWS))
                .inBatchesOfBytes(Math.min(wish.bytesMax(), BATCH_BYTES));
        try (RowStream rows = cache.readRowsSince(wish.legacy() == Legacy.SKIP ? request.withoutLegacy() : request)) {
            Continuation after = rows.after();
            while (true) {
                try (RowBatch batch = rows.next()) {
                    if (batch == null) {
                        return filled(page, wish, rows.after(), "false");
                    }
                    if (page.hasAllRows()) {
                        return filled(page, wish, after, "true");
                    }
                    int taken = page.take(wish.columns().of(batch));
                    if (taken < batch.rows()) {
                        return filled(page, wish, cut(after, rows.after(), batch, taken), "true");
                    }
                    after = rows.after();
                }
            }
        }
    }

    /** After so many rows of a batch that lies between two tokens. */
    private static Continuation cut(Continuation before, Continuation after, RowBatch batch, int rows) {
        return rows == 0 ? before : after.at(batch.behind(rows - 1, after.position()));
    }

    private Filled filled(RowPage page, Wish wish, Continuation after, String more) throws IOException {
        try (RowBatch noRows = RowBatch.readable(wish.columns().of(wish.dataset()), memory)) {
            page.end(noRows);
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("Tidemark-After", after.encode());
        headers.put("Tidemark-More", more);
        Sequence removed = cache.removedThrough(wish.since().scope().dataset());
        if (removed.value() > wish.since().position().sequence()) {
            headers.put("Tidemark-Removed-Through", removed.toString());
        }
        return new Filled(new Answer(Answer.OK, page.contentType(), headers, page), page.rows());
    }
}
