// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Duplicate;
import dev.tidemark.cache.AppendOutcome.ForeignLife;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.LostPosition;
import dev.tidemark.cache.AppendOutcome.NotTaken;
import dev.tidemark.cache.AppendOutcome.OriginTaken;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.AppendOutcome.Straddles;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Received;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.daemon.receive.DigestedBody;
import dev.tidemark.daemon.receive.UnitHead;
import dev.tidemark.daemon.receive.UnitRows;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/forward/{ds}}: a unit of another cache's rows becomes durable here, once.
 *
 * <p>Everything that the unit says of itself is checked before anything is stored; what it says of its sender's past is
 * checked by the cache in the step that stores. A request without such headers is served as rows are elsewhere.
 */
final class PostForward implements Route {
    static final String PROTOCOL = "Tidemark-Protocol";
    static final String VERSION = "1";

    private final Intake intake;

    PostForward(Intake intake) {
        this.intake = intake;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/forward/{ds}";
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
        UnitHead head =
                UnitHead.read(request::header, request.bearer().orElse(null)).orElse(null);
        Dataset current = intake.currentOrUnwritten(name);
        try (HeapBudget.Lease lease = intake.bodyLease()) {
            DecodedBody body = body(request, lease);
            if (head == null) {
                return appendPlain(format, body, Intake.facts(request, body), current);
            }
            return append(format, body, head, current).with(PROTOCOL, VERSION);
        }
    }

    private DecodedBody body(Request request, HeapBudget.Lease lease) throws IOException, RefusedException {
        DigestedBody digested = new DigestedBody(request.body());
        Optional<String> digest = request.header("Content-Digest");
        try {
            DecodedBody body = DecodedBody.read(request, digested, intake.bodyMax(), lease);
            if (digest.isPresent()) {
                digested.check(digest.get(), intake.bodyMax());
            }
            return body;
        } catch (RefusedException e) {
            // Bytes that were hurt on their way may be anything, and then that is what is wrong with them.
            if (digest.isPresent() && e.problem().slug() != Slug.BUSY) {
                digested.check(digest.get(), intake.bodyMax());
            }
            throw e;
        }
    }

    private Answer append(Intake.Format format, DecodedBody body, UnitHead head, Dataset first)
            throws IOException, RefusedException {
        Dataset current = first;
        ReceivedUnit unit = head.unit();
        // A turn that is not the last means a new column, or that some of the rows turned out to be here.
        while (true) {
            try (BufferAllocator own = intake.rowMemory();
                    RowBatch decoded = intake.decode(format, body, current, UnitRows.HIDDEN, own);
                    HeapBudget.Lease copies = intake.copiesLease()) {
                // durable: I10 receive.rows.check
                UnitRows.check(head, decoded);
                try (RowBatch batch = UnitRows.appendable(unit, decoded, own)) {
                    switch (intake.append(batch, AppendFacts.of(unit), copies)) {
                        case Appended appended -> {
                            return answer("stored", unit.range().through(), batch.rows());
                        }
                        case Duplicate(Received received) -> {
                            return answer("duplicate", place(unit, received.position()), 0);
                        }
                        case Straddles(Received received) -> unit = unit.after(place(unit, received.position()));
                        case Outdated(Dataset newer) -> current = newer;
                        case LostPosition(Received received) -> {
                            return lost(received.position());
                        }
                        case ForeignLife(String life) -> {
                            return foreign(life);
                        }
                        case OriginTaken() ->
                            throw Problem.of(Slug.FORBIDDEN, "the origin belongs to another token")
                                    .refused();
                        case Replayed replayed -> throw new IllegalStateException("a unit has no key: " + replayed);
                        case KeyReused reused -> throw new IllegalStateException("a unit has no key: " + reused);
                        case Busy(String why) -> throw Intake.busy(why);
                        case Full full -> throw Intake.full(full);
                    }
                }
            }
        }
    }

    private Answer appendPlain(Intake.Format format, DecodedBody body, AppendFacts facts, Dataset first)
            throws IOException, RefusedException {
        Dataset current = first;
        while (true) {
            try (BufferAllocator own = intake.rowMemory();
                    RowBatch batch = intake.decode(format, body, current, List.of(), own);
                    HeapBudget.Lease copies = intake.copiesLease()) {
                if (batch.rows() == 0) {
                    return answer("stored", null, 0);
                }
                switch (intake.append(batch, facts, copies)) {
                    case Appended appended -> {
                        return answer("stored", null, batch.rows());
                    }
                    case Replayed replayed -> {
                        return answer("duplicate", null, 0);
                    }
                    case KeyReused reused -> throw Intake.keyReused();
                    case Outdated(Dataset newer) -> current = newer;
                    case Busy(String why) -> throw Intake.busy(why);
                    case Full full -> throw Intake.full(full);
                    case NotTaken notTaken ->
                        throw new IllegalStateException("these rows came from no other cache: " + notTaken);
                }
            }
        }
    }

    private static long place(ReceivedUnit unit, Position position) {
        return unit.range().order() == Order.SEQUENCE ? position.sequence() : position.legacy();
    }

    private static Answer answer(String status, @Nullable Long through, int stored) {
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("status", status);
            if (through == null) {
                json.writeNullField("through");
            } else {
                json.writeNumberField("through", through);
            }
            json.writeNumberField("stored_rows", stored);
            json.writeEndObject();
        });
    }

    private static Answer lost(Position kept) {
        Problem problem = Problem.of(Slug.LOST_POSITION, "this cache was restored, or it is another one")
                .hinting("send what comes after the position again");
        return Answer.problem(problem, json -> {
            json.writeNumberField("through", kept.sequence());
            json.writeNumberField("legacy", kept.legacy());
        });
    }

    private static Answer foreign(String life) {
        return Answer.problem(
                Problem.of(Slug.FOREIGN_LIFE, "the rows before these came from another life than the sender names"),
                json -> json.writeStringField("life", life));
    }
}
