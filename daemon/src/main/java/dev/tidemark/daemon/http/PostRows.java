// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.AppendOutcome.NotTaken;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.decoding.NdjsonDecoder;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;

/** {@code POST /v1/datasets/{ds}/rows}: all rows of a body become durable, or none. */
final class PostRows implements Route {
    /** The last one is what curl and others say of a body when nobody told them what it is. */
    private static final Set<String> NDJSON = Set.of(
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonlines",
            "application/x-www-form-urlencoded");

    /** How often the rows of an append are on the heap at once, at most, while it is serialized and written. */
    private static final int COPIES = 4;

    /** Two buffers between which a growing copy moves, and the copy that is taken of it. */
    private static final int COPIES_LEAST = 3;

    private final Cache cache;
    private final IngestSettings settings;
    private final Declarations declarations;
    private final NdjsonDecoder decoder;
    private final BufferAllocator memory;
    private final HeapBudget bodies;
    private final HeapBudget appends;
    private final Arrivals arrivals;

    PostRows(
            Cache cache,
            IngestSettings settings,
            Declarations declarations,
            BufferAllocator memory,
            HeapShares heap,
            Arrivals arrivals) {
        this.cache = cache;
        this.settings = settings;
        this.declarations = declarations;
        this.decoder = new NdjsonDecoder(settings);
        this.memory = memory;
        this.bodies = heap.bodies();
        this.appends = heap.appends();
        this.arrivals = arrivals;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/datasets/{ds}/rows";
    }

    @Override
    public Permission permission() {
        return Permission.INGEST;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        String name = Datasets.name(request);
        request.query().allow();
        refuseOtherTypes(request);
        Dataset current = currentOrUnwritten(name);
        try (HeapBudget.Lease lease = bodies.lease()) {
            DecodedBody body = DecodedBody.read(request, settings.maxBody(), lease);
            return append(body, facts(request, body), current);
        }
    }

    /** What is to be remembered with the rows: under which key they came, and what the whole body was. */
    private static AppendFacts facts(Request request, DecodedBody body) throws RefusedException {
        Optional<String> key = request.header("Idempotency-Key");
        if (key.isEmpty()) {
            return AppendFacts.NONE;
        }
        if (key.get().isBlank()) {
            throw Problem.of(Slug.BAD_PARAMETER, "the Idempotency-Key is empty")
                    .hinting("give each request a key of its own, and the same when you send it again")
                    .refused();
        }
        return AppendFacts.of(IdempotencyKey.of(key.get(), body.bytes(), body.length()));
    }

    private Answer append(DecodedBody body, AppendFacts facts, Dataset first) throws IOException, RefusedException {
        Optional<Declared> declared = declarations.of(first.name());
        Dataset current = first;
        // Each turn but the last means that another request added a column, and a dataset's columns are bounded.
        while (true) {
            try (BufferAllocator own = memory.newChildAllocator("ingest", 0, memory.getLimit());
                    RowBatch batch = decoder.decode(body.bytes(), body.length(), current, declared, own);
                    HeapBudget.Lease copies = appends.lease()) {
                if (batch.rows() == 0) {
                    return nothing(current.name());
                }
                leaseCopies(batch, copies);
                AppendOutcome outcome = cache.append(batch, facts);
                switch (outcome) {
                    case Appended(var low, var high) -> {
                        // Acknowledged only from here: append returns when the rows are durable.
                        arrivals.announce();
                        return stored(current.name(), batch.rows(), low.value(), high.value());
                    }
                    case Replayed(var low, var high, int rows) -> {
                        return stored(current.name(), rows, low.value(), high.value())
                                .with("Tidemark-Replayed", "true");
                    }
                    case KeyReused() ->
                        throw Problem.of(Slug.KEY_REUSED, "the Idempotency-Key came before, with another body")
                                .hinting("give each request a key of its own")
                                .refused();
                    case Outdated(Dataset newer) -> current = newer;
                    case Busy(String why) ->
                        throw Problem.of(Slug.BUSY, why)
                                .hinting("send fewer rows at once, or send them again")
                                .refused();
                    case Full(Limit limit, String why) ->
                        throw Problem.of(
                                        switch (limit) {
                                            case DISK -> Slug.DISK_FULL;
                                            case QUOTA -> Slug.QUOTA;
                                        },
                                        why)
                                .refused();
                    case NotTaken notTaken ->
                        throw new IllegalStateException("these rows came from no other cache: " + notTaken);
                }
            }
        }
    }

    private void leaseCopies(RowBatch batch, HeapBudget.Lease copies) throws IOException, RefusedException {
        long bytes = AppendSize.of(batch);
        long most = appends.bytes() / COPIES_LEAST;
        if (bytes > most) {
            throw Problem.of(
                            Slug.BODY_TOO_LARGE,
                            "the rows take more memory in all columns of the dataset than one request may")
                    .limitedTo(most)
                    .hinting("send the rows in several requests")
                    .refused();
        }
        copies.growTo(COPIES * bytes);
    }

    private Dataset currentOrUnwritten(String name) throws RefusedException {
        Optional<Dataset> current = cache.dataset(name);
        if (current.isPresent()) {
            return current.get();
        }
        if (declarations.of(name).isEmpty()) {
            if (!settings.autoDatasets()) {
                throw Datasets.unknown("the dataset is not declared, and ingest.auto_datasets is false");
            }
            if (cache.datasets().size() >= settings.maxDatasets()) {
                throw Problem.of(Slug.QUOTA, "there are as many datasets as there may be")
                        .limitedTo(settings.maxDatasets())
                        .hinting("declare the dataset, or raise ingest.max_datasets")
                        .refused();
            }
        }
        return Dataset.unwritten(name);
    }

    private static void refuseOtherTypes(Request request) throws RefusedException {
        String type = request.header("Content-Type").orElse("").split(";", 2)[0];
        String plain = type.strip().toLowerCase(Locale.ROOT);
        if (!plain.isEmpty() && !NDJSON.contains(plain)) {
            throw Problem.of(Slug.MEDIA_TYPE, "only NDJSON is built in this version")
                    .hinting("send one JSON object a line as application/x-ndjson")
                    .refused();
        }
    }

    private static Answer stored(String dataset, int rows, long first, long last) {
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("dataset", dataset);
            json.writeNumberField("rows", rows);
            json.writeNumberField("quarantined", 0);
            json.writeNumberField("first_seq", first);
            json.writeNumberField("last_seq", last);
            json.writeEndObject();
        });
    }

    private static Answer nothing(String dataset) {
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("dataset", dataset);
            json.writeNumberField("rows", 0);
            json.writeNumberField("quarantined", 0);
            json.writeNullField("first_seq");
            json.writeNullField("last_seq");
            json.writeEndObject();
        });
    }
}
