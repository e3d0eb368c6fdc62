// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import org.apache.arrow.memory.BufferAllocator;

/** The little that a sink needs of the cache: which partitions have how much, and their rows in order. */
interface RowSource {
    /** The names of all datasets that ever got a row. */
    List<String> datasets();

    /** The newest schema of a dataset that ever got a row. */
    Dataset schema(String dataset);

    /** Where rows are held off the heap. */
    BufferAllocator memory();

    /** One for each partition of the dataset that ever got a row, from memory. */
    List<Head> heads(String dataset);

    /** The newest acknowledged row of all. */
    Sequence head();

    /** The highest sequence of a row that policy removed from a dataset, or {@link Sequence#NONE}. */
    Sequence removedThrough(String dataset) throws IOException;

    /** Held for reading by who goes back to rows that were let go of, for writing by who removes rows. */
    ReadWriteLock removals();

    /** The rows of a partition in {@code (since, through]}, ascending. */
    RowStream read(Partition partition, Sequence since, Sequence through, int batchRows) throws IOException;

    /** The rows of a dataset in {@code (since, through]}, ascending, whatever their partition. */
    RowStream readAll(String dataset, Sequence since, Sequence through, int batchRows) throws IOException;

    /** Acknowledged rows of a dataset that the disk has lost, from memory. */
    default List<Damage> damages(String dataset) {
        return List.of();
    }

    /** Everything that was ever adopted into a dataset, in the order of the ordinals, from memory. */
    List<Adoption> adoptions(String dataset) throws IOException;

    /** The legacy rows of a partition with ordinals in {@code (since, through]}, ascending. */
    RowStream readLegacy(Partition partition, long since, long through, int batchRows) throws IOException;

    /** The legacy rows of a dataset with ordinals in {@code (since, through]}, ascending, whatever their partition. */
    RowStream readAllLegacy(String dataset, long since, long through, int batchRows) throws IOException;

    /** The rows of one watermark in a range, ascending. */
    default RowStream read(Sink.Grain grain, Partition partition, Range range, int batchRows) throws IOException {
        boolean isWhole = grain == Sink.Grain.DATASET;
        if (range.isLegacy()) {
            return isWhole
                    ? readAllLegacy(partition.dataset(), range.since(), range.through(), batchRows)
                    : readLegacy(partition, range.since(), range.through(), batchRows);
        }
        Sequence since = new Sequence(range.since());
        Sequence through = new Sequence(range.through());
        return isWhole
                ? readAll(partition.dataset(), since, through, batchRows)
                : read(partition, since, through, batchRows);
    }
}
