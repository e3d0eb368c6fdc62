// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.iceberg.LocalPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.ContentFileUtil;
import org.jspecify.annotations.Nullable;

/**
 * The live files of one snapshot with the places that each covers, ascending; read from the manifests once, and from then
 * on added to by each flush.
 *
 * <p>A flush file covers one interval of its dataset's sequences that no other file touches, so reading file after file
 * gives ascending rows. Files of legacy rows have no sequence at all, and cover one interval of ordinals each.
 *
 * @param files those with sequences
 * @param legacy those without
 * @param strangers files that another engine added and that do not say which sequences they have
 * @param hasForeignDeletes whether another engine deleted rows in another way than by deletion vectors
 */
record FileIndex(long snapshot, List<Live> files, List<Live> legacy, int strangers, boolean hasForeignDeletes) {
    static final int SEQUENCE_ID = 1;
    static final int ORDINAL_ID = 3;
    private static final FileIndex EMPTY = new FileIndex(-1, List.of(), List.of(), 0, false);

    /** Where the places of a file's rows are found. */
    enum Placed {
        BY_COLUMN,
        /** In a file that was adopted as it was, which has no such column. */
        BY_POSITION
    }

    /**
     * One data file and the first and last place in it.
     *
     * @param rows all that lie in it, also those that are deleted
     * @param hasOrigins whether a row in it may have come from another cache
     * @param deletes which of its rows are deleted in place, null when none is
     */
    record Live(
            String path,
            long lower,
            long upper,
            long rows,
            long bytes,
            boolean hasOrigins,
            Placed placed,
            @Nullable DeletionVector deletes) {
        /** The rows that are not deleted. */
        long liveRows() {
            return deletes == null ? rows : rows - deletes.rows();
        }

        /** Whether another reading of the metadata says the same of the same file. */
        boolean isAs(Live other) {
            return path.equals(other.path)
                    && rows == other.rows
                    && (deletes == null ? other.deletes == null : other.deletes != null && deletes.isAs(other.deletes));
        }

        /** The same file with all rows that lie in it. */
        Live whole() {
            return new Live(path, lower, upper, rows, bytes, hasOrigins, placed, null);
        }

        private Live without(@Nullable DeletionVector deleted) {
            return deleted == null ? this : new Live(path, lower, upper, rows, bytes, hasOrigins, placed, deleted);
        }

        /** Null when the file does not say which sequences it has, or has rows without one. */
        static @Nullable Live of(DataFile file) {
            return nulls(file, SEQUENCE_ID) == 0 ? byColumn(file, SEQUENCE_ID) : null;
        }

        private static boolean hasOrigins(DataFile file) {
            Long nulls = file.nullValueCounts() == null
                    ? null
                    : file.nullValueCounts().get(TableSchema.ORIGIN_ID);
            return nulls == null || nulls < file.recordCount();
        }

        /** A file of legacy rows; null when it is none, or does not say which ordinals it has. */
        static @Nullable Live ofLegacy(DataFile file, Map<String, Adoptions.AdoptedFile> adopted) {
            if (nulls(file, SEQUENCE_ID) != file.recordCount()) {
                return null;
            }
            Live rewritten = nulls(file, ORDINAL_ID) == 0 ? byColumn(file, ORDINAL_ID) : null;
            if (rewritten != null) {
                return rewritten;
            }
            Adoptions.AdoptedFile asItWas =
                    adopted.get(LocalPath.of(file.location()).getFileName().toString());
            return asItWas == null || asItWas.rows() != file.recordCount()
                    ? null
                    : new Live(
                            file.location(),
                            asItWas.base(),
                            asItWas.base() + asItWas.rows() - 1,
                            file.recordCount(),
                            file.fileSizeInBytes(),
                            false,
                            Placed.BY_POSITION,
                            null);
        }

        private static @Nullable Live byColumn(DataFile file, int column) {
            Long lower = bound(file.lowerBounds(), column);
            Long upper = bound(file.upperBounds(), column);
            return lower == null || upper == null
                    ? null
                    : new Live(
                            file.location(),
                            lower,
                            upper,
                            file.recordCount(),
                            file.fileSizeInBytes(),
                            hasOrigins(file),
                            Placed.BY_COLUMN,
                            null);
        }

        private static long nulls(DataFile file, int column) {
            Map<Integer, Long> counts = file.nullValueCounts();
            return counts == null ? 0 : counts.getOrDefault(column, 0L);
        }

        private static @Nullable Long bound(@Nullable Map<Integer, ByteBuffer> bounds, int column) {
            ByteBuffer value = bounds == null ? null : bounds.get(column);
            return value == null ? null : Conversions.fromByteBuffer(Types.LongType.get(), value);
        }
    }

    /** The index of a table that nobody has written to. */
    static FileIndex empty() {
        return EMPTY;
    }

    /** Reads the manifests one after the other: there are few, and Iceberg's own planning waits by sleeping. */
    static FileIndex read(TableMetadata metadata, Snapshot snapshot, FileIO io) throws IOException {
        List<Live> files = new ArrayList<>();
        List<Live> legacy = new ArrayList<>();
        Map<String, Adoptions.AdoptedFile> adopted = Adoptions.of(metadata).byName();
        Deletes deletes = Deletes.read(metadata, snapshot, io);
        int strangers = 0;
        for (ManifestFile manifest : snapshot.dataManifests(io)) {
            try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, io, metadata.specsById())) {
                for (DataFile file : reader) {
                    DeletionVector deleted = deletes.vectors().get(file.location());
                    Live sequenced = Live.of(file);
                    Live without = sequenced == null ? Live.ofLegacy(file, adopted) : null;
                    if (sequenced != null) {
                        files.add(sequenced.without(deleted));
                    } else if (without != null) {
                        legacy.add(without.without(deleted));
                    } else {
                        strangers++;
                    }
                }
            }
        }
        files.sort(Comparator.comparingLong(Live::lower));
        legacy.sort(Comparator.comparingLong(Live::lower));
        return new FileIndex(
                snapshot.snapshotId(), List.copyOf(files), List.copyOf(legacy), strangers, deletes.hasOthers());
    }

    /**
     * Which rows are deleted in place, and whether some are in a way that nobody here can read.
     *
     * @param vectors by data file, as the metadata names it
     */
    private record Deletes(Map<String, DeletionVector> vectors, boolean hasOthers) {
        static Deletes read(TableMetadata metadata, Snapshot snapshot, FileIO io) throws IOException {
            Map<String, DeletionVector> vectors = new HashMap<>();
            boolean others = false;
            for (ManifestFile manifest : snapshot.deleteManifests(io)) {
                try (ManifestReader<DeleteFile> reader =
                        ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById())) {
                    for (DeleteFile file : reader) {
                        if (ContentFileUtil.isDV(file)) {
                            vectors.put(file.referencedDataFile(), new DeletionVector(file.copyWithoutStats()));
                        } else {
                            others = true;
                        }
                    }
                }
            }
            return new Deletes(vectors, others);
        }
    }

    /** The index of the next snapshot, which adds one file above all others, or none. */
    FileIndex plus(long next, @Nullable Live added) {
        List<Live> all = new ArrayList<>(files);
        if (added != null) {
            all.add(added);
        }
        return new FileIndex(next, List.copyOf(all), legacy, strangers, hasForeignDeletes);
    }

    /** The index of the next snapshot, in which one file, or none, has the place of others of its kind. */
    FileIndex replacing(long next, Set<String> gone, @Nullable Live added) {
        boolean isLegacy = legacy.stream().anyMatch(file -> gone.contains(file.path()));
        return new FileIndex(
                next,
                replaced(files, gone, isLegacy ? null : added),
                replaced(legacy, gone, isLegacy ? added : null),
                strangers,
                hasForeignDeletes);
    }

    /** The same of another snapshot. */
    FileIndex at(long next) {
        return new FileIndex(next, files, legacy, strangers, hasForeignDeletes);
    }

    private static List<Live> replaced(List<Live> all, Set<String> gone, @Nullable Live added) {
        return Stream.concat(all.stream().filter(file -> !gone.contains(file.path())), Stream.ofNullable(added))
                .sorted(Comparator.comparingLong(Live::lower))
                .toList();
    }

    /** All files, with sequences and without. */
    Stream<Live> all() {
        return Stream.concat(files.stream(), legacy.stream());
    }

    /** The sequence of the first row, or NONE. */
    Sequence first() {
        return files.isEmpty() ? Sequence.NONE : new Sequence(files.getFirst().lower());
    }

    /** The ordinal of the last legacy row that is there, or 0. */
    long lastLegacy() {
        return legacy.stream().mapToLong(Live::upper).max().orElse(0);
    }

    /** The sequence of the last row, or NONE. */
    Sequence last() {
        return new Sequence(files.stream().mapToLong(Live::upper).max().orElse(0));
    }
}
