// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Received;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.Sequence;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What all durable frames add up to: schemas, counts, partition heads, and where the rows lie that no table has yet.
 *
 * <p>Only the spool writes here, and only what is durable, so whatever is read here may be promised. The lock is this
 * object's own and guards every field; no file is touched while it is held.
 */
public final class SpoolBooks {
    /** Of all datasets together; the one with the most gives up its oldest. */
    static final int KEYS_MAX = 200_000;

    private final Map<String, Book> books = new TreeMap<>();
    private long horizon;
    private long head;
    private Place end = Place.NONE;
    private int keysOfAll;
    private final ReceivedLedger received = new ReceivedLedger();

    /** One dataset's page. */
    private static final class Book {
        private Dataset newest;
        private final Map<Integer, Dataset> versions = new HashMap<>();
        private final Map<String, Head> heads = new TreeMap<>();
        private final List<UnflushedFrame> tail = new ArrayList<>();
        private boolean lastMayGrow;
        private KeyMemory keys = new KeyMemory();
        private long accepted;
        private long through;
        private long inSpool;

        Book(Dataset newest) {
            this.newest = newest;
        }

        private void addToTail(Frame frame, Dataset schema) {
            if (lastMayGrow && tail.getLast().takes(frame, schema)) {
                tail.add(tail.removeLast().with(frame));
            } else {
                tail.add(UnflushedFrame.of(frame, schema));
            }
            lastMayGrow = true;
        }
    }

    /** The part of the books that a checkpoint keeps. */
    record Kept(long through, long head, List<KeptDataset> datasets, List<ReceivedLedger.KeptOrigin> received) {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared: the array is a part of the file.
    record KeptDataset(Dataset dataset, long accepted, List<KeptHead> heads, byte[] keys) {}

    record KeptHead(String partition, long last, long rows, long lastTimeMicros) {}

    synchronized Kept kept(Instant now) {
        List<KeptDataset> datasets = new ArrayList<>();
        for (Book book : books.values()) {
            List<KeptHead> heads = book.heads.values().stream()
                    .map(each -> new KeptHead(
                            each.partition().name(), each.last().value(), each.rows(), micros(each.lastTime())))
                    .toList();
            datasets.add(new KeptDataset(book.newest, book.accepted, heads, book.keys.kept()));
        }
        return new Kept(horizon, head, datasets, received.kept(micros(now)));
    }

    synchronized void restore(Kept kept) {
        horizon = kept.through();
        head = kept.head();
        received.restore(kept.received());
        for (KeptDataset each : kept.datasets()) {
            publishSchema(each.dataset());
            Book book = book(each.dataset().name());
            book.accepted = each.accepted();
            book.through = each.accepted();
            book.keys = KeyMemory.restored(each.keys());
            keysOfAll += book.keys.size();
            for (KeptHead head : each.heads()) {
                Partition partition = new Partition(each.dataset().name(), head.partition());
                book.heads.put(
                        head.partition(),
                        new Head(partition, new Sequence(head.last()), head.rows(), instant(head.lastTimeMicros()), 0));
            }
        }
    }

    synchronized void publishSchema(Dataset dataset) {
        Book book = books.computeIfAbsent(dataset.name(), name -> new Book(dataset));
        book.versions.put(dataset.version(), dataset);
        if (dataset.version() > book.newest.version()) {
            book.newest = dataset;
        }
    }

    /** Enters the rows of a durable frame; where they lie, with the frames before them. */
    synchronized UnflushedFrame publishRows(Frame frame, RowsBody body) {
        Book book = book(body.dataset());
        Dataset schema = book.versions.get(frame.stamp().version());
        if (schema == null) {
            throw new IllegalStateException(
                    "no schema frame for version " + frame.stamp().version() + " of " + body.dataset()
                            + " before segment " + frame.segment() + " byte " + frame.offset());
        }
        count(book, frame, body);
        book.addToTail(frame, schema);
        book.inSpool += frame.rows();
        end = new Place(frame.segment(), frame.end());
        see(frame.last().value());
        return book.tail.getLast();
    }

    /** Counts rows that were acknowledged and cannot be read any more. */
    synchronized void publishLost(Frame frame, RowsBody body) {
        Book book = book(body.dataset());
        count(book, frame, body);
        see(frame.last().value());
    }

    private void count(Book book, Frame frame, RowsBody body) {
        for (PartitionRun run : body.partitions()) {
            enter(
                    book,
                    new Partition(body.dataset(), run.name()),
                    run.rows(),
                    frame.first() + run.lastRow(),
                    frame.stamp().timeMicros(),
                    (long) frame.bodyBytes() * run.rows() / frame.rows());
        }
        book.accepted += frame.rows();
        book.through = Math.max(book.through, frame.stamp().before() + frame.rows());
        remember(body.dataset(), book, body.facts(), frame.stamp());
    }

    /** Enters what a segment has added to the books, which is durable. */
    synchronized void apply(SegmentSummary summary) {
        summary.parts().forEach((dataset, part) -> {
            part.schemas.values().forEach(this::publishSchema);
            if (!books.containsKey(dataset)) {
                throw new IllegalStateException("rows of " + dataset + " came before its schema");
            }
            Book book = book(dataset);
            long bytes = part.elements.stream().mapToLong(UnflushedFrame::bytes).sum();
            part.partitions.forEach((name, sum) -> {
                enter(
                        book,
                        new Partition(dataset, name),
                        sum.rows(),
                        sum.last(),
                        sum.lastTimeMicros(),
                        bytes * sum.rows() / part.rows);
                see(sum.last());
            });
            book.accepted += part.rows;
            book.through = Math.max(book.through, part.through);
            for (SegmentSummary.Fact fact : part.keys) {
                remember(
                        dataset, book, fact.facts(), Stamp.rows(0, fact.first(), fact.rows(), 0, fact.timeMicros(), 0));
            }
            for (SegmentSummary.Fact fact : part.facts) {
                remember(
                        dataset, book, fact.facts(), Stamp.rows(0, fact.first(), fact.rows(), 0, fact.timeMicros(), 0));
            }
            for (UnflushedFrame element : part.elements) {
                book.tail.add(element);
                book.inSpool += element.rows();
                see(element.last().value());
            }
            book.lastMayGrow = false;
        });
    }

    private static void enter(Book book, Partition partition, long rows, long last, long timeMicros, long bytes) {
        Head before = book.heads.get(partition.name());
        Head now = new Head(partition, new Sequence(last), rows, instant(timeMicros), bytes);
        if (before != null) {
            boolean isNewer = now.last().isAfter(before.last());
            now = new Head(
                    partition,
                    isNewer ? now.last() : before.last(),
                    rows + before.rows(),
                    isNewer ? now.lastTime() : before.lastTime(),
                    bytes + before.bytes());
        }
        book.heads.put(partition.name(), now);
    }

    private void see(long last) {
        horizon = Math.max(horizon, last);
        head = Math.max(head, last);
    }

    /** For each dataset of which later frames say that there were more rows than were found: how many more. */
    synchronized Map<String, Long> missing() {
        Map<String, Long> missing = new TreeMap<>();
        books.forEach((name, book) -> {
            if (book.through > book.accepted) {
                missing.put(name, book.through - book.accepted);
            }
        });
        return missing;
    }

    /** The dataset as it was at a version; null when nothing says that any more. */
    synchronized @Nullable Dataset schema(String dataset, int version) {
        Book book = books.get(dataset);
        return book == null ? null : book.versions.get(version);
    }

    private void remember(String dataset, Book book, AppendFacts facts, Stamp stamp) {
        facts.idempotencyKey().ifPresent(key -> remember(book, key, stamp));
        facts.receivedUnit().ifPresent(unit -> received.remember(dataset, unit, stamp.timeMicros()));
    }

    private void remember(Book book, IdempotencyKey key, Stamp stamp) {
        keysOfAll -= book.keys.size();
        book.keys.remember(key, stamp.first(), stamp.rows(), stamp.timeMicros());
        keysOfAll += book.keys.size();
        if (keysOfAll > KEYS_MAX) {
            books.values().stream()
                    .map(each -> each.keys)
                    .max(Comparator.comparingInt(KeyMemory::size))
                    .ifPresent(KeyMemory::forgetOldest);
            keysOfAll--;
        }
    }

    /** What the durable append with this key was answered; null when there is none, or too long ago. */
    synchronized KeyMemory.@Nullable Answer answer(String dataset, Hash128 key, Instant now) {
        Book book = books.get(dataset);
        return book == null ? null : book.keys.answer(key, micros(now));
    }

    /** What a repetition of the durable append with this key is answered; empty when there is none, or too long ago. */
    public Optional<AppendOutcome> repeated(String dataset, IdempotencyKey key, Instant now) {
        KeyMemory.Answer answer = answer(dataset, key.name(), now);
        if (answer == null) {
            return Optional.empty();
        }
        if (!answer.body().equals(key.body())) {
            return Optional.of(new KeyReused());
        }
        return Optional.of(new Replayed(
                new Sequence(answer.first()), new Sequence(answer.first() + answer.rows() - 1), answer.rows()));
    }

    /** Why another cache's unit is not taken, by what is remembered of it; null when it is. */
    synchronized @Nullable AppendOutcome refusal(String dataset, ReceivedUnit unit, Instant now) {
        return received.refusal(dataset, unit, micros(now));
    }

    synchronized boolean knowsOrigin(String origin) {
        return received.knows(origin);
    }

    /** How far another cache's rows are durable here; empty when none is. */
    public synchronized Optional<Received> received(String origin, Partition partition, Instant now) {
        return Optional.ofNullable(received.received(origin, partition, micros(now)));
    }

    /** Forgets the rows that the table has: the table takes what it takes whole. */
    synchronized List<UnflushedFrame> flushed(String dataset, Sequence through) {
        Book book = book(dataset);
        int gone = 0;
        while (gone < book.tail.size() && !book.tail.get(gone).last().isAfter(through)) {
            book.inSpool -= book.tail.get(gone).rows();
            gone++;
        }
        List<UnflushedFrame> prefix = book.tail.subList(0, gone);
        List<UnflushedFrame> forgotten = List.copyOf(prefix);
        prefix.clear();
        book.lastMayGrow &= !book.tail.isEmpty();
        return forgotten;
    }

    /** By dataset, what no table has of a segment. */
    synchronized Map<String, List<UnflushedFrame>> tailsIn(long segment) {
        Map<String, List<UnflushedFrame>> tails = new TreeMap<>();
        books.forEach((name, book) -> {
            List<UnflushedFrame> within =
                    book.tail.stream().filter(each -> each.segment() == segment).toList();
            if (!within.isEmpty()) {
                tails.put(name, within);
            }
        });
        return tails;
    }

    /** Says that rows lie in a copy; false, and nothing is changed, when a table has some of them by now. */
    synchronized boolean setAside(SideCopy copy) {
        for (Map.Entry<String, List<UnflushedFrame>> each : copy.elements().entrySet()) {
            if (!new HashSet<>(book(each.getKey()).tail).containsAll(each.getValue())) {
                return false;
            }
        }
        copy.elements().forEach((name, elements) -> {
            Book book = book(name);
            Set<UnflushedFrame> gone = new HashSet<>(elements);
            List<UnflushedFrame> tail = new ArrayList<>();
            for (UnflushedFrame each : book.tail) {
                UnflushedFrame now = gone.contains(each) ? copy.copies().get(each) : each;
                book.inSpool += now == null ? -each.rows() : now.rows() - each.rows();
                if (now != null) {
                    tail.add(now);
                }
            }
            book.lastMayGrow &= !tail.isEmpty() && tail.getLast().equals(book.tail.getLast());
            book.tail.clear();
            book.tail.addAll(tail);
        });
        return true;
    }

    /** Enters where rows lie that were set aside; they were counted before. */
    synchronized void applyAside(SegmentSummary aside) {
        aside.parts().forEach((dataset, part) -> {
            part.schemas.values().forEach(this::publishSchema);
            Book book = book(dataset);
            for (UnflushedFrame element : part.elements) {
                book.tail.add(element);
                book.inSpool += element.rows();
            }
            book.lastMayGrow = false;
        });
    }

    /** Rows of the dataset that were set aside. */
    synchronized long aside(String dataset) {
        Book book = books.get(dataset);
        return book == null
                ? 0
                : book.tail.stream()
                        .filter(each -> SpoolSegment.isSide(each.segment()))
                        .mapToLong(UnflushedFrame::rows)
                        .sum();
    }

    /** What lies where no table has it. Whoever saw it may flush it, so its last element grows no more. */
    synchronized List<UnflushedFrame> tail(String dataset) {
        Book book = books.get(dataset);
        if (book == null) {
            return List.of();
        }
        book.lastMayGrow = false;
        return List.copyOf(book.tail);
    }

    /** Says, before rows come that the table lacks, how far it has them: no element of the tail lies on both sides. */
    synchronized void divideTail(String dataset, Sequence inTable) {
        Book book = book(dataset);
        book.lastMayGrow &= !book.tail.isEmpty() && book.tail.getLast().last().isAfter(inTable);
    }

    public synchronized Optional<Dataset> dataset(String name) {
        @Nullable Book book = books.get(name);
        return book == null ? Optional.empty() : Optional.of(book.newest);
    }

    public synchronized List<Dataset> datasets() {
        return books.values().stream().map(book -> book.newest).toList();
    }

    public synchronized List<Head> heads(String dataset) {
        Book book = books.get(dataset);
        return book == null ? List.of() : List.copyOf(book.heads.values());
    }

    public synchronized Optional<Head> head(Partition partition) {
        Book book = books.get(partition.dataset());
        return book == null ? Optional.empty() : Optional.ofNullable(book.heads.get(partition.name()));
    }

    /** How many partitions of the dataset ever got a row. */
    public synchronized int partitions(String dataset) {
        Book book = books.get(dataset);
        return book == null ? 0 : book.heads.size();
    }

    /** How many partitions of all datasets ever got a row. */
    public synchronized int partitions() {
        return books.values().stream().mapToInt(book -> book.heads.size()).sum();
    }

    /** Rows of the dataset that were ever acknowledged. */
    public synchronized long accepted(String dataset) {
        Book book = books.get(dataset);
        return book == null ? 0 : book.accepted;
    }

    /** Rows of the dataset that no table has. */
    public synchronized long inSpool(String dataset) {
        Book book = books.get(dataset);
        return book == null ? 0 : book.inSpool;
    }

    /** The newest acknowledged row. */
    public synchronized Sequence head() {
        return new Sequence(head);
    }

    /** Every row up to here is durable and readable (I4). */
    public synchronized Sequence horizon() {
        return new Sequence(horizon);
    }

    /** The log goes on here: everything before is durable, also what no frame was read of. */
    synchronized void goOn(Place from) {
        end = from;
    }

    /** Up to where the log is durable. */
    synchronized Place end() {
        return end;
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private Book book(String dataset) {
        Book book = books.get(dataset);
        if (book == null) {
            throw new IllegalStateException("rows of " + dataset + " came before its schema");
        }
        return book;
    }
}
