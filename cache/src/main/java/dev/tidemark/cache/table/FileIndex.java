// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * The live files of one snapshot with the sequences that each covers, ascending; read from the manifests once, and from
 * then on added to by each flush.
 *
 * <p>A flush file covers one interval of its dataset's sequences that no other file touches, so reading file after file
 * gives ascending rows.
 *
 * @param strangers files that another engine added and that do not say which sequences they have
 * @param hasDeletes whether another engine took rows out of files in place
 */
record FileIndex(long snapshot, List<Live> files, int strangers, boolean hasDeletes) {
    private static final int SEQUENCE_ID = 1;
    private static final FileIndex EMPTY = new FileIndex(-1, List.of(), 0, false);

    /**
     * One data file and the first and last sequence in it.
     *
     * @param hasOrigins whether a row in it may have come from another cache
     */
    record Live(String path, long lower, long upper, long rows, long bytes, boolean hasOrigins) {
        /** Null when the file does not say which sequences it has. */
        static @Nullable Live of(DataFile file) {
            Long lower = bound(file.lowerBounds());
            Long upper = bound(file.upperBounds());
            return lower == null || upper == null
                    ? null
                    : new Live(
                            file.location(),
                            lower,
                            upper,
                            file.recordCount(),
                            file.fileSizeInBytes(),
                            hasOrigins(file));
        }

        private static boolean hasOrigins(DataFile file) {
            Long nulls = file.nullValueCounts() == null
                    ? null
                    : file.nullValueCounts().get(TableSchema.ORIGIN_ID);
            return nulls == null || nulls < file.recordCount();
        }

        private static @Nullable Long bound(@Nullable Map<Integer, ByteBuffer> bounds) {
            ByteBuffer value = bounds == null ? null : bounds.get(SEQUENCE_ID);
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
        int strangers = 0;
        for (ManifestFile manifest : snapshot.dataManifests(io)) {
            try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, io, metadata.specsById())) {
                for (DataFile file : reader) {
                    Live live = Live.of(file);
                    if (live == null) {
                        strangers++;
                    } else {
                        files.add(live);
                    }
                }
            }
        }
        files.sort(Comparator.comparingLong(Live::lower));
        boolean deletes = snapshot.deleteManifests(io).stream()
                .anyMatch(manifest -> manifest.hasAddedFiles() || manifest.hasExistingFiles());
        return new FileIndex(snapshot.snapshotId(), List.copyOf(files), strangers, deletes);
    }

    /** The index of the next snapshot, which adds one file above all others. */
    FileIndex plus(long next, Live added) {
        List<Live> all = new ArrayList<>(files);
        all.add(added);
        return new FileIndex(next, List.copyOf(all), strangers, hasDeletes);
    }

    /** The sequence of the first row, or NONE. */
    Sequence first() {
        return files.isEmpty() ? Sequence.NONE : new Sequence(files.getFirst().lower());
    }

    /** The sequence of the last row, or NONE. */
    Sequence last() {
        return new Sequence(files.stream().mapToLong(Live::upper).max().orElse(0));
    }
}
