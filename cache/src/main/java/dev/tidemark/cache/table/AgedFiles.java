// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * Tells from the metadata alone how old the rows of a table's files can be.
 *
 * <p>The age of a row counts from its event time, or from when it came where that is earlier or there is none. A legacy row came
 * when it was adopted.
 */
final class AgedFiles {
    private static final int INGEST_ID = 2;
    private static final int NONE = -1;
    private static final Told NOTHING = new Told(Long.MIN_VALUE, Long.MAX_VALUE, 1, Long.MIN_VALUE, Long.MAX_VALUE);

    private final int eventId;
    private final List<Adoption> adoptions;
    private final Map<String, Told> found = new HashMap<>();

    /** What the metadata tells of one file; the rest of it, a line for each column, would fill the memory with many files. */
    private record Told(long firstCame, long lastCame, long withoutEvent, long firstEvent, long lastEvent) {}

    AgedFiles(Dataset dataset, List<Adoption> adoptions) {
        this.eventId = eventId(dataset);
        this.adoptions = adoptions;
    }

    private static int eventId(Dataset dataset) {
        String name = eventColumn(dataset);
        return name == null ? NONE : dataset.column(name).orElseThrow().id();
    }

    /** The column that says when a row happened, null where there is none that can. */
    static @Nullable String eventColumn(Dataset dataset) {
        String name = dataset.timestamp();
        boolean says = name != null
                && dataset.column(name)
                        .filter(column -> column.type().equals(ColumnType.TIMESTAMP))
                        .isPresent();
        return says ? name : null;
    }

    /** When the legacy row with an ordinal was adopted. */
    static long adopted(List<Adoption> adoptions, long ordinal) {
        for (Adoption adoption : adoptions) {
            if (ordinal > adoption.since() && ordinal <= adoption.through()) {
                return micros(adoption.at());
            }
        }
        return Long.MAX_VALUE; // Nobody knows, so it is not old.
    }

    void add(DataFile file) {
        found.put(
                file.location(),
                new Told(
                        bound(file, false, INGEST_ID, Long.MIN_VALUE),
                        bound(file, true, INGEST_ID, Long.MAX_VALUE),
                        eventId == NONE ? file.recordCount() : nulls(file, eventId),
                        bound(file, false, eventId, Long.MIN_VALUE),
                        bound(file, true, eventId, Long.MAX_VALUE)));
    }

    /** The files of a snapshot: those of legacy rows first, then the others, each kind in the order of its places. */
    List<AgedFile> of(FileIndex index) {
        return Stream.concat(
                        index.legacy().stream().map(file -> aged(file, AgedFile.Kind.LEGACY)),
                        index.files().stream().map(file -> aged(file, AgedFile.Kind.SEQUENCED)))
                .toList();
    }

    private AgedFile aged(FileIndex.Live live, AgedFile.Kind kind) {
        Told told = found.getOrDefault(live.path(), NOTHING);
        boolean isLegacy = kind == AgedFile.Kind.LEGACY;
        long firstCame = isLegacy ? adopted(live, false) : told.firstCame();
        long lastCame = isLegacy ? adopted(live, true) : told.lastCame();
        long stored = live.rows();
        boolean hasEvents = eventId != NONE && told.withoutEvent() < stored;
        boolean allEvents = hasEvents && told.withoutEvent() == 0;
        long oldest = hasEvents ? Math.min(firstCame, told.firstEvent()) : firstCame;
        long youngest = allEvents ? Math.min(lastCame, told.lastEvent()) : lastCame;
        return new AgedFile(
                live.path(),
                kind,
                live.lower(),
                live.upper(),
                DeletionVector.name(live.deletes()),
                live.liveRows(),
                stored,
                live.bytes(),
                isLegacy && isLocal(live),
                firstCame,
                lastCame,
                oldest,
                youngest);
    }

    /** How many nulls a column has in a file: all, where it has no such column. */
    private static long nulls(DataFile file, int column) {
        Map<Integer, Long> counts = file.nullValueCounts();
        Map<Integer, Long> values = file.valueCounts();
        if (values != null && !values.isEmpty() && !values.containsKey(column)) {
            return isPastMetrics(column, values) ? 1 : file.recordCount();
        }
        return counts == null ? 1 : counts.getOrDefault(column, 1L);
    }

    /** Metrics stop at a number of columns: what they do not speak of may be there. */
    private static boolean isPastMetrics(int column, Map<Integer, Long> values) {
        return values.size() >= 100
                && column > values.keySet().stream().mapToInt(id -> id).max().orElse(0);
    }

    private static long bound(DataFile file, boolean upper, int column, long unknown) {
        Map<Integer, ByteBuffer> bounds = upper ? file.upperBounds() : file.lowerBounds();
        ByteBuffer value = bounds == null ? null : bounds.get(column);
        return value == null ? unknown : Conversions.<Long>fromByteBuffer(Types.TimestampType.withZone(), value);
    }

    private long adopted(FileIndex.Live file, boolean last) {
        var times = adoptionsOf(file).map(adoption -> micros(adoption.at())).mapToLong(micros -> micros);
        return last ? times.max().orElse(Long.MAX_VALUE) : times.min().orElse(Long.MIN_VALUE);
    }

    private boolean isLocal(FileIndex.Live file) {
        return adoptionsOf(file).allMatch(adoption -> adoption.reach() == Adoption.Reach.LOCAL);
    }

    private Stream<Adoption> adoptionsOf(FileIndex.Live file) {
        return adoptions.stream()
                .filter(adoption -> adoption.since() < file.upper() && adoption.through() >= file.lower());
    }

    static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }
}
