// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the progress of a cache into that of a copy which goes on beside it (I19): what was promised is for the other one
 * to settle, and each mark is at least where the operator says that the copy begins.
 *
 * <p>{@code recover --cloned} leaves the state file {@code forked}; the next open carries it out for every sink that was
 * ever met, before any of them is at work, and then deletes it. Carried out twice, it is carried out once.
 *
 * <pre>
 * tidemark sink-fork 1 0b5de1a7
 * {"from":41}
 * </pre>
 */
final class SinkFork {
    private static final Logger LOG = LoggerFactory.getLogger(SinkFork.class);
    private static final String FILE = "forked";
    private static final String KIND = "sink-fork";
    private static final int VERSION = 1;
    private static final int BATCH_ROWS = 8192;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path directory;
    private final DurableFiles files;
    private final SinkRegister register;
    private final RowSource rows;

    SinkFork(Path directory, DurableFiles files, SinkRegister register, RowSource rows) {
        this.directory = directory;
        this.files = files;
        this.register = register;
        this.rows = rows;
    }

    private record Body(long from) {}

    /** Leaves word for the next open. */
    static void prepare(Path directory, Sequence from, DurableFiles files) throws IOException {
        files.createDirectories(directory);
        // durable: I19 sinks.fork
        files.writeState(directory.resolve(FILE), KIND, VERSION, JSON.writeValueAsBytes(new Body(from.value())));
    }

    /** Takes the word back. */
    static void cancel(Path directory, DurableFiles files) throws IOException {
        if (files.exists(directory.resolve(FILE))) {
            files.delete(directory.resolve(FILE));
        }
    }

    /**
     * Does what was left to do, if anything was.
     *
     * @return why nobody knows what is left to do, and so nobody may send
     */
    Optional<String> settle(String journalName, Instant now) throws IOException {
        Path file = directory.resolve(FILE);
        // Where the register names nobody, every sink is halted until it does, and this waits.
        if (!files.exists(file) || register.damage().isPresent()) {
            return Optional.empty();
        }
        Body body;
        try {
            body = JSON.readValue(files.readState(file, KIND, VERSION), Body.class);
        } catch (StateException | CorruptDataException | JsonProcessingException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        long from = Math.min(body.from(), rows.head().value());
        for (Registration registration : register.all()) {
            Path path = new SinkHomes(directory, files).home(registration).resolve(journalName);
            if (files.exists(path)) {
                try (SinkJournal journal = SinkJournal.open(path, files)) {
                    settle(registration, journal, from, now);
                }
            }
        }
        files.delete(file);
        return Optional.empty();
    }

    private void settle(Registration registration, SinkJournal journal, long from, Instant now) throws IOException {
        if (!journal.isWhole()) {
            return; // It halts its sink, whose progress somebody has to repair first.
        }
        List<JournalRecord> moves = new ArrayList<>();
        for (String dataset : rows.datasets()) {
            Optional<Birth> birth = registration.birth(dataset);
            for (Head head : birth.isPresent() || registration.took(dataset) ? rows.heads(dataset) : List.<Head>of()) {
                Track track = Track.main(head.partition());
                Standing standing = journal.ledger()
                        .standing(track)
                        .orElseGet(() -> Standing.at(birth.map(each -> each.mark(head.partition()))
                                .orElseGet(() -> Watermark.birth(Position.START))));
                Position noted = standing.noted();
                if (noted.sequence() < from || !standing.pending().isEmpty()) {
                    moves.add(move(track, standing, Math.max(from, noted.sequence()), now));
                }
            }
        }
        for (Replay replay : journal.ledger().replays()) {
            moves.add(new JournalRecord.Ended(replay.stream()));
        }
        journal.append(moves);
        if (!moves.isEmpty()) {
            LOG.warn("forked sink={} tracks={} from={}", registration.sink(), moves.size(), from);
        }
    }

    private JournalRecord move(Track track, Standing standing, long to, Instant now) throws IOException {
        Position noted = standing.noted();
        Counts counts = standing.counts();
        List<Range> skips = new ArrayList<>(standing.skips());
        if (to > noted.sequence()) {
            long skipped = count(track, noted.sequence(), to);
            counts = new Counts(counts.rows(), counts.bytes(), counts.deadLettered(), counts.removed() + skipped);
            skips.add(Range.ofSequences(new Sequence(noted.sequence()), new Sequence(to)));
        }
        Watermark mark = standing.mark().movedTo(new Position(noted.legacy(), to));
        return new JournalRecord.Moved(track, mark, counts, skips, List.of(), now);
    }

    private long count(Track track, long since, long through) throws IOException {
        long count = 0;
        try (RowStream stream = rows.read(track.partition(), new Sequence(since), new Sequence(through), BATCH_ROWS)) {
            while (true) {
                try (RowBatch batch = stream.next()) {
                    if (batch == null) {
                        return count;
                    }
                    count += batch.rows();
                }
            }
        }
    }
}
