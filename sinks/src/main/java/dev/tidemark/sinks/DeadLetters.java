// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.BatchBuilder;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.JsonlEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values of the rows that one sink keeps because its destination never takes them (I14).
 *
 * <p>Each has a {@link LetterFile}, durable before the journal says that the row is parked. What the journal does not
 * know is rubbish: a crash left it, or the row has arrived since.
 */
final class DeadLetters {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final int BATCH_ROWS_MAX = 256;
    private static final long BATCH_BYTES_MAX = 4L << 20;
    private static final long PAGE_BYTES_MAX = 4L << 20;

    private final Path directory;
    private final DurableFiles files;
    private final SinkJournal journal;
    private final RowSource rows;
    private final InstantSource clock;
    private final Set<Long> unreadable = ConcurrentHashMap.newKeySet();
    private long given;

    DeadLetters(Path directory, DurableFiles files, SinkJournal journal, RowSource rows, InstantSource clock) {
        this.directory = directory;
        this.files = files;
        this.journal = journal;
        this.rows = rows;
        this.clock = clock;
    }

    /** Removes what a crash left; not to be called where the journal cannot be trusted. */
    void sweep() throws IOException {
        for (Path file : files.list(directory)) {
            if (book().letter(idOf(file)).isEmpty()) {
                files.disk().delete(file);
            }
        }
    }

    /** Removes the files of rows that arrived or were given up. */
    void clear() throws IOException {
        for (Optional<Long> id = book().nextRubbish(); id.isPresent(); id = book().nextRubbish()) {
            Path file = file(id.get());
            if (files.exists(file)) {
                files.disk().delete(file);
            }
        }
    }

    private LetterBook book() {
        return journal.ledger().letters();
    }

    /**
     * Keeps the one row of a unit; the journal has yet to hear of it. A row that is kept already stays the same letter.
     */
    Letter keep(Intent intent, RowBatch row, Poison poison) throws IOException {
        Range range = intent.range();
        Replay replay = replay(intent.track());
        Optional<Letter> known = replay == null
                ? book().letter(intent.track(), range.order(), range.through())
                : book().of(replay, intent.partition(), range).stream()
                        .map(LetterBook.Filed::letter)
                        .findFirst();
        given = Math.max(given, book().last());
        long id = known.isPresent() ? known.get().id() : ++given;
        files.createDirectories(directory);
        // durable: I14 letters.values
        long bytes = LetterFile.of(intent, row, poison, clock.instant()).write(file(id), files);
        LOG.warn("parked directory={} letter={} reason={}", directory, id, poison.reason());
        return new Letter(id, range.order(), range.through(), bytes);
    }

    private @Nullable Replay replay(Track track) {
        return journal.ledger().replays().stream()
                .filter(one -> one.stream().equals(track.stream()) && one.isOfLetters())
                .findFirst()
                .orElse(null);
    }

    /** Whether a track sends what is kept here, and not rows of the cache. */
    boolean isSender(Track track) {
        return replay(track) != null;
    }

    /** What a track that sends letters still has to send. */
    List<LetterBook.Filed> left(Track track, Standing standing) {
        Replay replay = replay(track);
        return replay == null ? List.of() : book().of(replay, track.partition(), standing.noted());
    }

    /** Whether the values of a letter are there as they were written. */
    boolean isReadable(LetterBook.Filed filed) {
        return file(filed).isPresent();
    }

    /** The kept rows of a track that sends them, in a range, ascending, each once. */
    RowStream read(Track track, Range range) {
        Replay replay = replay(track);
        List<LetterBook.Filed> wanted = replay == null ? List.of() : book().of(replay, track.partition(), range);
        return new Rows(track.partition(), wanted);
    }

    /** Letters in the order of their ids: as many as are asked for, or fewer where they are large; one at least. */
    List<DeadLetter> page(long after, int limit) throws IOException {
        List<DeadLetter> page = new ArrayList<>();
        long bytes = 0;
        for (LetterBook.Filed filed : book().after(after, limit)) {
            bytes += filed.letter().bytes();
            if (!page.isEmpty() && bytes > PAGE_BYTES_MAX) {
                break;
            }
            page.add(shown(filed));
        }
        return page;
    }

    private DeadLetter shown(LetterBook.Filed filed) throws IOException {
        Letter letter = filed.letter();
        String replaying = journal.ledger().replays().stream()
                .filter(replay -> replay.sends(letter.id()))
                .map(Replay::stream)
                .findFirst()
                .orElse(null);
        Optional<LetterFile> file = file(filed);
        boolean isLegacy = letter.order() == Range.Order.LEGACY;
        return new DeadLetter(
                letter.id(),
                filed.track().stream(),
                filed.track().partition().dataset(),
                filed.track().partition().name(),
                isLegacy ? null : letter.number(),
                isLegacy ? letter.number() : null,
                file.isPresent() ? json(file.get()) : null,
                file.map(one -> one.head().status()).orElse(0),
                file.map(one -> one.head().reason()).orElse("the file of its values cannot be read"),
                file.map(one -> one.head().response()).orElse(""),
                file.map(one -> one.head().at()).orElse(null),
                replaying);
    }

    private String json(LetterFile file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RowBatch row = file.values(rows.memory())) {
            new JsonlEncoder(Hidden.LEFT_OUT).encode(row, out);
        }
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    /** A file that is damaged loses its own row, and no replay takes it. */
    private Optional<LetterFile> file(LetterBook.Filed filed) {
        try {
            return Optional.of(LetterFile.read(file(filed.letter().id()), files));
        } catch (IOException e) {
            if (unreadable.add(filed.letter().id())) {
                LOG.error(
                        "dead letter cannot be read file={} cause={}",
                        file(filed.letter().id()),
                        e.toString());
            }
            return Optional.empty();
        }
    }

    private Path file(long id) {
        return directory.resolve(Long.toString(id));
    }

    private static long idOf(Path file) {
        String name = file.getFileName().toString();
        return name.matches("\\d{1,18}") ? Long.parseLong(name) : -1;
    }

    /** Kept rows, in the newest schema of their dataset. */
    private final class Rows implements RowStream {
        private final Partition partition;
        private final List<LetterBook.Filed> wanted;
        private int next;
        private long before = -1;

        Rows(Partition partition, List<LetterBook.Filed> wanted) {
            this.partition = partition;
            this.wanted = wanted;
        }

        @Override
        public @Nullable RowBatch next() throws IOException {
            BatchBuilder builder = null;
            try {
                while (next < wanted.size()
                        && (builder == null
                                || (builder.rows() < BATCH_ROWS_MAX && builder.bytes() < BATCH_BYTES_MAX))) {
                    LetterBook.Filed filed = wanted.get(next++);
                    if (filed.letter().number() != before) {
                        before = filed.letter().number();
                        builder = add(LetterFile.read(file(filed.letter().id()), files), builder);
                    }
                }
                return builder == null ? null : builder.build();
            } finally {
                if (builder != null) {
                    builder.close();
                }
            }
        }

        private BatchBuilder add(LetterFile file, @Nullable BatchBuilder builder) throws IOException {
            try (RowBatch row = file.values(rows.memory())) {
                BatchBuilder into = builder == null
                        ? BatchBuilder.like(row, rows.schema(partition.dataset()), rows.memory())
                        : builder;
                into.add(row, 0);
                return into;
            }
        }

        @Override
        public Continuation after() {
            throw new UnsupportedOperationException("dead letters are not gone on with");
        }

        @Override
        public void close() {
            // Each file is closed when it was read.
        }
    }
}
