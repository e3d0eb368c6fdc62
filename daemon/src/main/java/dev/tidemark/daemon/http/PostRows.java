// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.NotTaken;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/** {@code POST /v1/datasets/{ds}/rows}: all rows of a body become durable, or none. */
final class PostRows implements Route {
    private final Intake intake;

    PostRows(Intake intake) {
        this.intake = intake;
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
        Intake.Format format = Intake.format(request);
        Dataset current = intake.currentOrUnwritten(name);
        try (HeapBudget.Lease lease = intake.bodyLease()) {
            DecodedBody body = DecodedBody.read(request, intake.bodyMax(), lease);
            return append(format, body, Intake.facts(request, body), current);
        }
    }

    private Answer append(Intake.Format format, DecodedBody body, AppendFacts facts, Dataset first)
            throws IOException, RefusedException {
        Dataset current = first;
        // Each turn but the last means that another request added a column, and a dataset's columns are bounded.
        while (true) {
            try (BufferAllocator own = intake.rowMemory();
                    RowBatch batch = intake.decode(format, body, current, List.of(), own);
                    HeapBudget.Lease copies = intake.copiesLease()) {
                if (batch.rows() == 0) {
                    return nothing(current.name());
                }
                switch (intake.append(batch, facts, copies)) {
                    case Appended(var low, var high) -> {
                        // Acknowledged only from here: append returns when the rows are durable.
                        return stored(current.name(), batch.rows(), low.value(), high.value());
                    }
                    case Replayed(var low, var high, int rows) -> {
                        return stored(current.name(), rows, low.value(), high.value())
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
