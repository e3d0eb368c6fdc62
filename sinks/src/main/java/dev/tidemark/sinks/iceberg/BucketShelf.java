// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.ReadableFile;
import dev.tidemark.sinks.blob.s3.BucketFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Files of tables in a bucket, named {@code s3://<bucket>/<key>}: what the server has taken is durable. */
final class BucketShelf implements Shelf {
    /** What other engines also call it. */
    private static final Pattern SCHEME = Pattern.compile("s3[an]?://");

    private static final int AHEAD_BYTES = 1 << 20;

    private final BucketFiles files;
    private final String bucket;

    BucketShelf(BucketFiles files, String bucket) {
        this.files = files;
        this.bucket = bucket;
    }

    /** Where a key of a bucket is, as tables say it. */
    static String location(String bucket, String key) {
        return "s3://" + bucket + "/" + key;
    }

    private String key(String location) throws IOException {
        String path = SCHEME.matcher(location).replaceFirst("");
        if (path.equals(location) || !path.startsWith(bucket + "/")) {
            throw new IOException(location + " is not in bucket " + bucket);
        }
        return path.substring(bucket.length() + 1);
    }

    private String folder(String location) throws IOException {
        return key(location.endsWith("/") ? location : location + "/");
    }

    @Override
    public OutputStream create(String location) throws IOException {
        return files.create(key(location));
    }

    @Override
    public boolean createOnly(String location, byte[] content) throws IOException {
        return files.createOnly(key(location), content);
    }

    @Override
    public void replace(String location, byte[] content) throws IOException {
        files.replace(key(location), content);
    }

    @Override
    public ReadableFile open(String location) throws IOException {
        String key = key(location);
        long size = files.size(key).orElseThrow(() -> new NoSuchFileException(location));
        return new Ahead(files, key, size);
    }

    @Override
    public boolean exists(String location) throws IOException {
        return files.size(key(location)).isPresent();
    }

    @Override
    public List<Found> list(String folder) throws IOException {
        return files.list(folder(folder)).stream()
                .map(found -> new Found(location(bucket, found.key()), found.modified()))
                .toList();
    }

    @Override
    public List<String> folders(String folder) throws IOException {
        return files.folders(folder(folder));
    }

    @Override
    public void delete(String location) throws IOException {
        files.delete(key(location));
    }

    @Override
    public boolean isDurableWhenSeen() {
        return true;
    }

    @Override
    public Optional<String> unfit(String folder) throws IOException {
        return files.unfit(folder(folder) + "_tidemark/probe");
    }

    @Override
    public void cancel() {
        files.cancel();
    }

    @Override
    public void close() {
        files.close();
    }

    /** An object that is read a piece at a time, no smaller than is worth a request. */
    private static final class Ahead implements ReadableFile {
        private final BucketFiles files;
        private final String key;
        private final long size;
        private byte[] piece = new byte[0];
        private long start;

        Ahead(BucketFiles files, String key, long size) {
            this.files = files;
            this.key = key;
            this.size = size;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int wanted = (int) Math.min(target.remaining(), size - position);
            if (wanted <= 0) {
                return 0;
            }
            if (position < start || position + wanted > start + piece.length) {
                piece = files.read(key, position, (int) Math.min(Math.max(wanted, AHEAD_BYTES), size - position));
                start = position;
            }
            target.put(piece, (int) (position - start), wanted);
            return wanted;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void close() {
            piece = new byte[0];
        }
    }
}
