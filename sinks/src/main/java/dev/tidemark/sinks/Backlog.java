// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What one sink has not delivered, from facts in memory.
 *
 * <p>The cache counts rows and bytes; when the oldest waiting row came is seen by looking at the heads now and then:
 * it came after the last look that found nothing waiting. Only what was waiting already when the daemon started has to
 * be looked up, with one read of each dataset ({@link #survey}). Asking costs no read.
 */
final class Backlog {
    private static final int SURVEY_ROWS_MAX = 200_000;
    private static final int BATCH_ROWS = 8192;
    private static final long ROW_BYTES_GUESS = 256;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final Taker taker;
    private final Sink.Grain grain;
    private final RowSource rows;
    private final Ledger ledger;
    private final SinkRegister register;
    private final Map<Partition, Fact> facts = new ConcurrentHashMap<>();
    /** Facts about places that are not reached before something arrives. */
    private final Map<Partition, Fact> coming = new ConcurrentHashMap<>();

    private final Map<String, Long> bytesPerRow = new ConcurrentHashMap<>();
    private final Map<String, Legacy> legacies = new ConcurrentHashMap<>();
    private volatile Sequence looked = Sequence.NONE;
    private volatile Instant lookedAt = Instant.EPOCH;

    Backlog(Taker taker, Sink.Grain grain, RowSource rows, Ledger ledger, SinkRegister register) {
        this.taker = taker;
        this.grain = grain;
        this.rows = rows;
        this.ledger = ledger;
        this.register = register;
    }

    /** Whose backlog it is. */
    interface Taker {
        String name();

        boolean takes(String dataset);

        /** Where it begins in a dataset that it meets for the first time. */
        Start start();
    }

    /**
     * What is known of the rows after one place of a partition.
     *
     * @param after the place
     * @param floor the first row came no earlier
     * @param first when it came; null while none is there
     * @param bytesBefore the cache's count of bytes up to the place; negative when it is not known
     */
    private record Fact(long after, Instant floor, @Nullable Instant first, long bytesBefore) {}

    /** The newest row of every partition that this sink takes, or has promised something of. */
    List<Head> heads() {
        TreeSet<String> datasets = new TreeSet<>();
        rows.datasets().stream().filter(taker::takes).forEach(datasets::add);
        ledger.pending().forEach(intent -> datasets.add(intent.partition().dataset()));
        List<Head> heads = new ArrayList<>();
        for (String dataset : datasets) {
            heads.addAll(heads(dataset));
        }
        return heads;
    }

    /** One for each watermark that the sink has in a dataset. */
    List<Head> heads(String dataset) {
        List<Head> heads = withAdopted(dataset, rows.heads(dataset));
        if (grain == Sink.Grain.PARTITION || heads.isEmpty()) {
            return heads;
        }
        Head whole = heads.getFirst();
        for (Head head : heads.subList(1, heads.size())) {
            Head newer = head.last().isAfter(whole.last()) ? head : whole;
            whole = new Head(
                    newer.partition(),
                    newer.last(),
                    whole.rows() + head.rows(),
                    newer.lastTime(),
                    whole.bytes() + head.bytes());
        }
        return List.of(new Head(Partition.all(dataset), whole.last(), whole.rows(), whole.lastTime(), whole.bytes()));
    }

    /** A partition may have legacy rows and no others. */
    private List<Head> withAdopted(String dataset, List<Head> heads) {
        Set<String> adopted = new HashSet<>(legacy(dataset).partitions());
        if (adopted.isEmpty()) {
            return heads;
        }
        heads.forEach(head -> adopted.remove(head.partition().name()));
        List<Head> all = new ArrayList<>(heads);
        adopted.forEach(name -> all.add(new Head(new Partition(dataset, name), Sequence.NONE, 0, Instant.EPOCH, 0)));
        return all;
    }

    /** The legacy rows of a dataset that sinks are to have. */
    Legacy legacy(String dataset) {
        List<Adoption> adoptions;
        try {
            adoptions = rows.adoptions(dataset);
        } catch (IOException unreadable) {
            // What cannot be read now is found when it can be: no mark passes over it.
            return legacies.getOrDefault(dataset, Legacy.NONE);
        }
        Legacy known = legacies.get(dataset);
        if (known == null || !known.isOf(adoptions)) {
            known = Legacy.of(adoptions, grain);
            legacies.put(dataset, known);
        }
        return known;
    }

    Standing standing(Partition partition) {
        return ledger.standing(Track.main(partition)).orElseGet(() -> born(partition));
    }

    /** How the sink stands with a partition that it has sent nothing of. */
    Standing born(Partition partition) {
        return Standing.at(birth(partition.dataset()).mark(partition));
    }

    /** Rows that came to the partition since the sink's birth. */
    long accepted(Head head) {
        Birth birth = birth(head.partition().dataset());
        return head.rows() - (grain == Sink.Grain.DATASET ? birth.rowsBefore() : birth.rowsBefore(head.partition()));
    }

    /** Legacy rows of the partition that were adopted for sinks since the sink's birth. */
    long adopted(Head head) {
        Partition partition = head.partition();
        return legacy(partition.dataset())
                .rows(partition.name(), birth(partition.dataset()).legacy());
    }

    /** Rows that came since the birth and were not delivered. */
    long waitingRows(Head head, Standing standing) {
        return hasDeliveredStamped(head, standing) && nextLegacy(head, standing).isEmpty()
                ? 0
                : Math.max(0, accepted(head) + adopted(head) - standing.counts().settled());
    }

    /** Those of them that have a sequence: the legacy rows of the sink are counted as delivered in their order. */
    long waitingStamped(Head head, Standing standing) {
        Partition partition = head.partition();
        long legacyWaiting = legacy(partition.dataset())
                .rows(partition.name(), standing.noted().legacy());
        return Math.max(0, accepted(head) + adopted(head) - standing.counts().settled() - legacyWaiting);
    }

    /** Where the next legacy rows are. */
    private Optional<Legacy.Batch> nextLegacy(Head head, Standing standing) {
        Partition partition = head.partition();
        return legacy(partition.dataset())
                .next(partition.name(), standing.noted().legacy());
    }

    private static boolean hasDeliveredStamped(Head head, Standing standing) {
        return standing.noted().sequence() >= head.last().value();
    }

    /** Notices what is new; cheap when nothing is. */
    void look(Instant now) {
        Sequence newest = rows.head();
        if (!newest.equals(looked)) {
            Instant before = lookedAt;
            for (Head head : heads()) {
                look(head, standing(head.partition()), before, now);
            }
            looked = newest;
        }
        lookedAt = now;
    }

    private void look(Head head, Standing standing, Instant before, Instant now) {
        long noted = standing.noted().sequence();
        long count = waitingRows(head, standing);
        if (hasDeliveredStamped(head, standing)) {
            facts.put(head.partition(), new Fact(noted, now, null, head.bytes()));
            return;
        }
        fact(head.partition(), noted);
        facts.computeIfPresent(head.partition(), (partition, fact) -> {
            if (fact.after != noted || fact.first != null) {
                return fact;
            }
            Instant floor = before.isAfter(fact.floor) ? before : fact.floor;
            boolean exact = count == 1 || floor.isAfter(head.lastTime());
            return new Fact(noted, floor, exact ? head.lastTime() : floor, fact.bytesBefore);
        });
    }

    /** Everything up to the head, whose row this is, is on its way; whatever comes after it came after {@code then}. */
    void reached(Head head, Sequence through, Instant then) {
        coming.put(head.partition(), new Fact(through.value(), then, null, head.bytes()));
    }

    /** The first row after a place was seen. */
    void seen(Partition partition, Sequence after, Instant first) {
        coming.put(partition, new Fact(after.value(), first, first, -1));
    }

    /** What the rows of a dataset take, as Arrow. */
    void weighed(String dataset, long count, long bytes) {
        bytesPerRow.merge(dataset, Math.max(1, bytes / count), (before, now) -> (3 * before + now) / 4);
    }

    /** What is known of the rows after a place; null for nothing. */
    private @Nullable Fact fact(Partition partition, long after) {
        Fact next = coming.get(partition);
        if (next != null && next.after == after) {
            facts.put(partition, next);
            coming.remove(partition, next);
        }
        Fact fact = facts.get(partition);
        return fact != null && fact.after == after ? fact : null;
    }

    /** Whether it is not known since when rows wait. */
    private boolean isUnknown(Head head, Standing standing) {
        Fact fact = fact(head.partition(), standing.noted().sequence());
        return !hasDeliveredStamped(head, standing) && (fact == null || fact.first == null);
    }

    /** The undelivered rows of the partition, of which there are some. */
    Waiting waiting(Head head, Standing standing) {
        long count = waitingRows(head, standing);
        Fact fact = fact(head.partition(), standing.noted().sequence());
        long estimated = count * bytesPerRow.getOrDefault(head.partition().dataset(), ROW_BYTES_GUESS);
        Optional<Legacy.Batch> legacy = nextLegacy(head, standing);
        long bytes =
                fact != null && fact.bytesBefore >= 0 && legacy.isEmpty() ? head.bytes() - fact.bytesBefore : estimated;
        Instant first = fact != null && fact.first != null ? fact.first : head.lastTime();
        if (legacy.isPresent()) {
            Instant adopted = legacy.get().at();
            first = hasDeliveredStamped(head, standing) || adopted.isBefore(first) ? adopted : first;
        }
        return new Waiting(count, count == 0 ? 0 : Math.max(count, bytes), first);
    }

    /** Looks up since when rows wait where that is not known: one read of each dataset. */
    void survey(List<Head> heads) throws IOException {
        Map<String, Map<String, Head>> unknown = new HashMap<>();
        for (Head head : heads) {
            if (isUnknown(head, standing(head.partition()))) {
                unknown.computeIfAbsent(head.partition().dataset(), dataset -> new HashMap<>())
                        .put(head.partition().name(), head);
            }
        }
        for (Map.Entry<String, Map<String, Head>> each : unknown.entrySet()) {
            survey(each.getKey(), each.getValue());
        }
    }

    private void survey(String dataset, Map<String, Head> unknown) throws IOException {
        Map<String, Long> noted = new HashMap<>();
        unknown.forEach((name, head) ->
                noted.put(name, standing(head.partition()).noted().sequence()));
        long lowest = noted.values().stream().mapToLong(Long::longValue).min().orElse(0);
        int left = SURVEY_ROWS_MAX;
        Instant last = Instant.EPOCH;
        try (RowStream stream = rows.readAll(dataset, new Sequence(lowest), rows.head(), BATCH_ROWS)) {
            while (!noted.isEmpty() && left > 0) {
                try (RowBatch batch = stream.next()) {
                    if (batch == null) {
                        break;
                    }
                    weighed(dataset, batch.rows(), batch.bytes());
                    left -= batch.rows();
                    for (int row = 0; row < batch.rows(); row++) {
                        String name = grain == Sink.Grain.DATASET ? Partition.ALL : batch.partitionName(row);
                        Long after = noted.get(name);
                        last = time(batch, row);
                        if (after != null && batch.sequence(row).value() > after) {
                            noted.remove(name);
                            seen(new Partition(dataset, name), new Sequence(after), last);
                        }
                    }
                }
            }
        }
        Instant latest = last;
        // Whatever was not come to is younger than the last row that was looked at.
        noted.forEach((name, after) -> seen(new Partition(dataset, name), new Sequence(after), latest));
    }

    private static Instant time(RowBatch batch, int row) {
        long micros = batch.ingestTimeMicros(row);
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1000);
    }

    Birth birth(String dataset) {
        return register.registration(taker.name())
                .flatMap(registration -> registration.birth(dataset))
                .orElseGet(() -> Birth.ofLater(dataset, taker.start()));
    }

    /** A dataset that is younger than the sink has a birth before anything of it is in the journal (I7). */
    void bear(String dataset) throws IOException {
        Registration known = register.registration(taker.name()).orElseThrow();
        if (known.birth(dataset).isEmpty()) {
            register.put(known.with(List.of(Birth.ofLater(dataset, taker.start()))));
        }
    }
}
