// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.util.ContentFileUtil;
import org.jspecify.annotations.Nullable;

/** Which rows of one data file are deleted in place, by where they lie in it; read when the file is. */
record DeletionVector(DeleteFile file) {
    DeletionVector {
        if (!ContentFileUtil.isDV(file)) {
            throw new IllegalArgumentException(file.location() + " has no deletion vector");
        }
    }

    /** The data file that it is of, as the metadata names it. */
    String dataFile() {
        return file.referencedDataFile();
    }

    /** How many rows are deleted. */
    long rows() {
        return file.recordCount();
    }

    /** What no other one is called, null for none. */
    static @Nullable String name(@Nullable DeletionVector vector) {
        return vector == null ? null : vector.file.location() + "@" + vector.file.contentOffset();
    }

    /** Whether it is the same one, in another reading of the metadata. */
    boolean isAs(DeletionVector other) {
        return Objects.equals(name(this), name(other)) && dataFile().equals(other.dataFile());
    }

    /** Its positions, counted from 0; held against its checksum and the number of rows that the table says. */
    PositionDeleteIndex read(FileIO io) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(file.contentSizeInBytes())];
        try (SeekableInputStream in = io.newInputFile(file.location()).newStream()) {
            in.seek(file.contentOffset());
            IOUtil.readFully(in, bytes, 0, bytes.length);
            requireWhole(bytes);
            return PositionDeleteIndex.deserialize(bytes, file);
        } catch (IOException | RuntimeException e) {
            throw new IOException(
                    "the rows that are deleted from it cannot be read from " + file.location() + ": " + e.getMessage(),
                    e);
        }
    }

    /** A length, what it is the length of, a checksum: looked at first, because bitmaps are read before it otherwise. */
    private static void requireWhole(byte[] blob) throws IOException {
        ByteBuffer read = ByteBuffer.wrap(blob);
        int length = blob.length - 2 * Integer.BYTES;
        CRC32 crc = new CRC32();
        crc.update(blob, Integer.BYTES, Math.max(0, length));
        require(length > 0 && read.getInt(0) == length && read.getInt(Integer.BYTES + length) == (int) crc.getValue());
    }

    private static void require(boolean whole) throws IOException {
        if (!whole) {
            throw new IOException("it is not what was written");
        }
    }
}
