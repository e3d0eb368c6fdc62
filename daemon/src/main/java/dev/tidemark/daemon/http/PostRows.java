// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.NotTaken;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.daemon.decoding.Body;
import dev.tidemark.daemon.decoding.BodyFormat;
import dev.tidemark.daemon.decoding.Decoded;
import dev.tidemark.daemon.decoding.RefusedRow;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.daemon.quarantine.Quarantine;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;

/** {@code POST /v1/datasets/{ds}/rows}: all rows of a body become durable, or none, but for those that are parked. */
final class PostRows implements Route {
    private final Intake intake;
    private final Quarantine quarantine;

    PostRows(Intake intake, Quarantine quarantine) {
        this.intake = intake;
        this.quarantine = quarantine;
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
        BodyFormat format = format(request);
        Dataset current = intake.currentOrUnwritten(name);
        try (HeapBudget.Lease lease = intake.bodyLease()) {
            DecodedBody body = DecodedBody.read(request, intake.bodyMax(), lease);
            AppendFacts facts = Intake.facts(request, body);
            try {
                return append(new Body(format, body.bytes(), body.length()), facts, current);
            } catch (RefusedException refused) {
                return again(name, facts).orElseThrow(() -> refused);
            }
        }
    }

    /** The answer to a request that was stored under its key, though its rows would not be taken as things are now. */
    private Optional<Answer> again(String dataset, AppendFacts facts) {
        return intake.repeated(dataset, facts)
                .map(rows -> stored(
                                dataset,
                                rows.rows(),
                                0,
                                rows.first().value(),
                                rows.last().value())
                        .with("Tidemark-Replayed", "true"));
    }

    private static BodyFormat format(Request request) throws RefusedException {
        return BodyFormat.of(request.header("Content-Type").orElse(""))
                .orElseThrow(() -> Problem.of(Slug.MEDIA_TYPE, "rows are not taken in this format")
                        .hinting("send "
                                + Arrays.stream(BodyFormat.values())
                                        .map(BodyFormat::mediaType)
                                        .collect(Collectors.joining(", ")))
                        .refused());
    }

    /** What the file of a request's parked rows is called: the same when the request is sent again under its key. */
    private static String id(AppendFacts facts) {
        return facts.idempotencyKey()
                .map(key -> "%016x%016x-%016x"
                        .formatted(
                                key.name().high(), key.name().low(), key.body().high()))
                .orElseGet(() -> UUID.randomUUID().toString());
    }

    private Answer append(Body body, AppendFacts facts, Dataset first) throws IOException, RefusedException {
        String id = id(facts);
        Dataset current = first;
        // Each turn but the last means that another request changed the schema, and a dataset's columns are bounded.
        while (true) {
            try (BufferAllocator own = intake.rowMemory();
                    Decoded decoded = intake.decode(body, current, own);
                    PartitionBounds.Lease _ = intake.partitions(decoded.batch());
                    HeapBudget.Lease copies = intake.copiesLease()) {
                RowBatch batch = decoded.batch();
                int quarantined = decoded.refused().size();
                Quarantine.Parked parked = park(current.name(), id, decoded.refused());
                if (batch.rows() == 0) {
                    return nothing(current.name(), quarantined);
                }
                switch (appended(batch, facts, copies, parked)) {
                    case Appended(var low, var high) -> {
                        // Acknowledged only from here: append returns when the rows are durable.
                        return stored(current.name(), batch.rows(), quarantined, low.value(), high.value());
                    }
                    case Replayed(var low, var high, int rows) -> {
                        return stored(current.name(), rows, quarantined, low.value(), high.value())
                                .with("Tidemark-Replayed", "true");
                    }
                    case KeyReused() -> throw Intake.keyReused();
                    case Outdated(Dataset newer) -> current = newer;
                    case Busy(String why) -> throw Intake.busy(why);
                    case Full full -> throw Intake.full(full);
                    case NotTaken notTaken ->
                        throw new IllegalStateException("these rows came from no other cache: " + notTaken);
                }
            }
        }
    }

    /** Appends; where nothing comes of it, nothing stays parked. A failure leaves it unknown, and the rows parked. */
    private AppendOutcome appended(RowBatch batch, AppendFacts facts, HeapBudget.Lease copies, Quarantine.Parked parked)
            throws IOException, RefusedException {
        AppendOutcome outcome;
        try {
            outcome = intake.append(batch, facts, copies);
        } catch (RefusedException e) {
            parked.takeBack();
            throw e;
        }
        if (!(outcome instanceof Appended || outcome instanceof Replayed)) {
            parked.takeBack();
        }
        return outcome;
    }

    private Quarantine.Parked park(String dataset, String id, List<RefusedRow> rows)
            throws IOException, RefusedException {
        try {
            Quarantine.Parked parked = quarantine.park(dataset, id, rows);
            if (parked == null) {
                throw rows.getFirst()
                        .problem()
                        .hinting("the quarantine is full, so the request is refused: look at what is there, delete it")
                        .refused();
            }
            return parked;
        } catch (IOException e) {
            if (Disk.isFull(e)) {
                throw Problem.of(Slug.DISK_FULL, "the disk is full").refused();
            }
            throw e;
        }
    }

    private static Answer stored(String dataset, int rows, int quarantined, long first, long last) {
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("dataset", dataset);
            json.writeNumberField("rows", rows);
            json.writeNumberField("quarantined", quarantined);
            json.writeNumberField("first_seq", first);
            json.writeNumberField("last_seq", last);
            json.writeEndObject();
        });
    }

    private static Answer nothing(String dataset, int quarantined) {
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("dataset", dataset);
            json.writeNumberField("rows", 0);
            json.writeNumberField("quarantined", quarantined);
            json.writeNullField("first_seq");
            json.writeNullField("last_seq");
            json.writeEndObject();
        });
    }
}
