// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.RowTerms;
import dev.tidemark.daemon.decoding.ArrowDecoder;
import dev.tidemark.daemon.decoding.Body;
import dev.tidemark.daemon.decoding.BodyFormat;
import dev.tidemark.daemon.decoding.Decoded;
import dev.tidemark.daemon.decoding.RowsDecoder;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/** What every route that takes rows does with them on their way into the cache. */
final class Intake {
    /** The last one is what curl and others say of a body when nobody told them what it is. */
    private static final Set<String> NDJSON = Set.of(
            "",
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonlines",
            "application/x-www-form-urlencoded");

    private static final String ARROW = "application/vnd.apache.arrow.stream";

    /** How often the rows of an append are on the heap at once, at most, while it is serialized and written. */
    private static final int COPIES = 4;

    /** Two buffers between which a growing copy moves, and the copy that is taken of it. */
    private static final int COPIES_LEAST = 3;

    private final Cache cache;
    private final Supplier<RowTerms> terms;
    private final PartitionBounds partitions;
    private final BufferAllocator memory;
    private final HeapBudget bodies;
    private final HeapBudget appends;
    private final Arrivals arrivals;
    private volatile Decoders decoders;

    /** What decodes rows on the same terms. */
    private record Decoders(RowTerms terms, RowsDecoder units, RowsDecoder rows, ArrowDecoder arrow) {
        static Decoders on(RowTerms terms) {
            // A unit of another cache is whole.
            return new Decoders(
                    terms,
                    new RowsDecoder(terms.ingest().refusing()),
                    new RowsDecoder(terms.ingest()),
                    new ArrowDecoder(terms.ingest()));
        }
    }

    Intake(Cache cache, Supplier<RowTerms> terms, BufferAllocator memory, HeapShares heap, Arrivals arrivals) {
        this.cache = cache;
        this.terms = terms;
        this.partitions = new PartitionBounds(cache);
        this.decoders = Decoders.on(terms.get());
        this.memory = memory;
        this.bodies = heap.bodies();
        this.appends = heap.appends();
        this.arrivals = arrivals;
    }

    /** What a body is written in. */
    enum Format {
        NDJSON,
        ARROW
    }

    /** The format that the request announces, if it is one that is taken. */
    static Format format(Request request) throws RefusedException {
        String type = request.header("Content-Type").orElse("").split(";", 2)[0];
        String plain = type.strip().toLowerCase(Locale.ROOT);
        if (NDJSON.contains(plain)) {
            return Format.NDJSON;
        }
        if (plain.equals(ARROW)) {
            return Format.ARROW;
        }
        throw Problem.of(Slug.MEDIA_TYPE, "only NDJSON and Arrow streams are built in this version")
                .hinting("send one JSON object a line as application/x-ndjson")
                .refused();
    }

    /** What is to be remembered with the rows: under which key they came, and what the whole body was. */
    static AppendFacts facts(Request request, DecodedBody body) throws RefusedException {
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

    /** Room for one request's body; the caller closes it. */
    HeapBudget.Lease bodyLease() {
        return bodies.lease();
    }

    /** Room for the copies of one append; the caller closes it. */
    HeapBudget.Lease copiesLease() {
        return appends.lease();
    }

    /** As configured, and no more than the bodies' share of the heap: one that is larger would end the process. */
    long bodyMax() {
        return Math.min(terms.get().ingest().maxBody(), bodies.bytes());
    }

    /** Memory for the rows of one request; the caller closes it, after the rows. */
    BufferAllocator rowMemory() {
        return memory.newChildAllocator("ingest", 0, memory.getLimit());
    }

    RowBatch decode(Format format, DecodedBody body, Dataset current, List<Column> hidden, BufferAllocator own)
            throws RefusedException {
        Decoders now = decoders();
        var declared = now.terms().declarations().of(current.name());
        return switch (format) {
            case NDJSON ->
                now.units()
                        .decode(
                                new Body(BodyFormat.NDJSON, body.bytes(), body.length()),
                                current,
                                declared,
                                hidden,
                                own)
                        .batch();
            case ARROW -> now.arrow().decode(body.bytes(), body.length(), current, declared, hidden, own);
        };
    }

    /** Decodes a producer's rows, some of which may be left out to be parked. */
    Decoded decode(Body body, Dataset current, BufferAllocator own) throws RefusedException {
        Decoders now = decoders();
        return now.rows().decode(body, current, now.terms().declarations().of(current.name()), own);
    }

    private Decoders decoders() {
        RowTerms now = terms.get();
        if (!decoders.terms().equals(now)) {
            decoders = Decoders.on(now);
        }
        return decoders;
    }

    /** Holds places for the partitions that a producer's rows bring; the caller closes it once they are stored. */
    PartitionBounds.Lease partitions(RowBatch batch) throws RefusedException {
        int max = terms.get()
                .declarations()
                .of(batch.dataset().name())
                .map(Declared::maxPartitions)
                .orElse(Declared.MAX_PARTITIONS);
        return partitions.admit(batch, max);
    }

    /** What was stored before under the key that comes again. */
    Optional<Replayed> repeated(String dataset, AppendFacts facts) {
        return cache.repeated(dataset, facts)
                .filter(outcome -> outcome instanceof Replayed)
                .map(Replayed.class::cast);
    }

    /** Appends the rows; readers that wait hear of them. */
    AppendOutcome append(RowBatch batch, AppendFacts facts, HeapBudget.Lease copies)
            throws IOException, RefusedException {
        leaseCopies(batch, copies);
        AppendOutcome outcome = cache.append(batch, facts);
        if (outcome instanceof AppendOutcome.Appended) {
            arrivals.announce();
        }
        return outcome;
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

    /** The dataset as the cache has it, or as one that nobody has written to, where a further one is allowed. */
    Dataset currentOrUnwritten(String name) throws RefusedException {
        Optional<Dataset> current = cache.dataset(name);
        if (current.isPresent()) {
            return current.get();
        }
        RowTerms now = terms.get();
        if (now.declarations().of(name).isEmpty()) {
            IngestSettings settings = now.ingest();
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

    static RefusedException full(AppendOutcome.Full full) {
        return Problem.of(
                        switch (full.limit()) {
                            case DISK -> Slug.DISK_FULL;
                            case QUOTA -> Slug.QUOTA;
                        },
                        full.why())
                .refused();
    }

    static RefusedException keyReused() {
        return Problem.of(Slug.KEY_REUSED, "the Idempotency-Key came before, with another body")
                .hinting("give each request a key of its own")
                .refused();
    }

    static RefusedException busy(String why) {
        return Problem.of(Slug.BUSY, why)
                .hinting("send fewer rows at once, or send them again")
                .refused();
    }
}
