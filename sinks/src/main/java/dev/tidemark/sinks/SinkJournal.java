// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The progress of one sink instance: intents, notes and marks, each durable before it counts ({@link JournalFormat}).
 *
 * <p>That bytes can be read back does not prove that they are on disk. So what is found at open is written anew, and so
 * is everything that counts after an append failed; both leave the old file behind in one atomic step, and the same
 * step keeps the file small.
 *
 * <p>A damaged journal shows what can still be read of it, takes nothing more, and stays as it is.
 */
final class SinkJournal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkJournal.class);
    private static final long GROWN_BYTES_MIN = 1 << 20;
    private static final int GROWN_TIMES = 4;
    private static final long BYTES_MAX = 64 << 20;

    private final Path file;
    private final DurableFiles files;
    private final Ledger ledger = new Ledger();
    private @Nullable DiskFile log;
    private long condensedBytes;
    private long end;
    private @Nullable String damage;
    private boolean closed;

    private SinkJournal(Path file, DurableFiles files) {
        this.file = file;
        this.files = files;
    }

    /** Begins the journal of a sink that has none. */
    static SinkJournal create(Path file, DurableFiles files) throws IOException {
        SinkJournal journal = new SinkJournal(file, files);
        journal.rewrite();
        return journal;
    }

    /** Opens a journal, damaged or not; its torn end is cut, because nobody acted on it. */
    static SinkJournal open(Path file, DurableFiles files) throws IOException {
        SinkJournal journal = new SinkJournal(file, files);
        JournalFormat.Scan scan = JournalFormat.scan(file, files.readAll(file));
        journal.damage = scan.damage().orElse(null);
        for (JournalRecord record : scan.records()) {
            try {
                journal.ledger.apply(record);
            } catch (IllegalArgumentException e) {
                journal.damage = journal.damage == null ? e.getMessage() : journal.damage;
            }
        }
        if (journal.damage == null) {
            scan.tornAt().ifPresent(at -> LOG.warn("cut torn end of journal file={} at={}", file, at));
            journal.ledger.settle();
            // durable: I8 journal.found
            journal.rewrite();
        }
        return journal;
    }

    /** What a journal says that nobody has open; empty when it cannot be trusted. */
    static Optional<Ledger> read(Path file, DurableFiles files) throws IOException {
        Ledger ledger = new Ledger();
        try {
            JournalFormat.Scan scan = JournalFormat.scan(file, files.readAll(file));
            scan.records().forEach(ledger::apply);
            return scan.damage().isPresent() ? Optional.empty() : Optional.of(ledger);
        } catch (StateException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Stands for a journal that is not there, and takes nothing. */
    static SinkJournal absent(Path file, DurableFiles files) {
        SinkJournal journal = new SinkJournal(file, files);
        journal.damage = "it is not there";
        return journal;
    }

    Ledger ledger() {
        return ledger;
    }

    /** Whether everything that was written can be trusted to be here. */
    boolean isWhole() {
        return damage == null;
    }

    /** What is wrong with the file, if anything is. */
    Optional<String> damage() {
        return Optional.ofNullable(damage).map(what -> file + ": " + what);
    }

    /**
     * Makes records durable, all with one sync; they count when this returns.
     *
     * <p>After a failure none of them counts, whatever the disk has: the next append first replaces the file by what
     * does count.
     */
    void append(List<JournalRecord> records) throws IOException {
        if (damage != null) {
            throw new CorruptDataException(file, 0, damage);
        }
        if (records.isEmpty()) {
            return;
        }
        if (closed) {
            // Somebody else may have it open by now, and would go on writing to a file that is replaced.
            throw new IOException(file + " is closed");
        }
        if (log == null || end > Math.max(BYTES_MAX, GROWN_TIMES * condensedBytes)) {
            rewrite();
        }
        DiskFile open = log;
        if (open == null) {
            throw new IllegalStateException("a rewritten journal is open: " + file);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (JournalRecord record : records) {
            bytes.writeBytes(JournalFormat.frame(record, end));
        }
        byte[] frames = bytes.toByteArray();
        try {
            open.write(ByteBuffer.wrap(frames), end);
            // durable: I8 journal.append.sync
            open.sync();
        } catch (IOException e) {
            close(e);
            throw e;
        }
        end += frames.length;
        records.forEach(ledger::apply);
    }

    /** Makes a file small that has grown; between passes, so that no unit waits for it. */
    void tidy() throws IOException {
        if (log != null && end > Math.max(GROWN_BYTES_MIN, GROWN_TIMES * condensedBytes)) {
            rewrite();
        }
    }

    private void rewrite() throws IOException {
        closeLog();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(JournalFormat.header());
        for (JournalRecord record : ledger.condensed()) {
            bytes.writeBytes(JournalFormat.frame(record));
        }
        byte[] content = bytes.toByteArray();
        files.replace(file, content);
        log = files.disk().open(file);
        condensedBytes = content.length;
        end = content.length;
    }

    private void close(IOException failure) {
        try {
            closeLog();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Takes nothing more. */
    @Override
    public void close() throws IOException {
        closed = true;
        closeLog();
    }

    private void closeLog() throws IOException {
        DiskFile open = log;
        log = null;
        if (open != null) {
            open.close();
        }
    }
}
