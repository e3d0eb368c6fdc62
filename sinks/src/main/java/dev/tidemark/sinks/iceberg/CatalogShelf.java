// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.ReadableFile;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.blob.s3.BucketFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.io.StorageCredential;
import org.jspecify.annotations.Nullable;

/**
 * Where a catalog has put a table: in a bucket, which is opened with what the catalog hands out, or on this host's disk.
 *
 * @param properties what the catalog says of the place, as Iceberg's own file I/O names it
 * @param handed what differs for locations that begin with a prefix
 */
record CatalogShelf(Shelf disk, Buckets buckets, Map<String, String> properties, List<StorageCredential> handed)
        implements Shelf {
    static final String REGION = "client.region";
    static final String ENDPOINT = "s3.endpoint";
    static final String PATH_STYLE = "s3.path-style-access";
    static final String ACCESS_KEY = "s3.access-key-id";
    static final String SECRET_KEY = "s3.secret-access-key";
    private static final String SESSION = "s3.session-token";
    private static final String SIGNED = "s3.remote-signing-enabled";
    private static final Pattern IN_BUCKET = Pattern.compile("s3[an]?://([^/]+)/.*");
    private static final Pattern OF_DISK = Pattern.compile("(file:)?/.*");

    /** The buckets that are open, each as it was last handed out: that is good for some time only. */
    static final class Buckets implements AutoCloseable {
        private final Timeouts timeouts;
        private final Pace pace;
        private final Map<String, Open> open = new ConcurrentHashMap<>();

        Buckets(Timeouts timeouts, Pace pace) {
            this.timeouts = timeouts;
            this.pace = pace;
        }

        private record Open(Bucket bucket, BucketShelf shelf) {}

        private BucketShelf shelf(Bucket wanted) {
            return open.compute(wanted.name(), (name, before) -> {
                        if (before != null && before.bucket.equals(wanted)) {
                            return before;
                        }
                        if (before != null) {
                            before.shelf.close();
                        }
                        return new Open(wanted, new BucketShelf(new BucketFiles(wanted, timeouts, pace), name));
                    })
                    .shelf;
        }

        void cancel() {
            open.values().forEach(one -> one.shelf.cancel());
        }

        @Override
        public void close() {
            open.values().forEach(one -> one.shelf.close());
        }
    }

    private Shelf at(String location) throws IOException {
        if (OF_DISK.matcher(location).matches()) {
            return disk;
        }
        Matcher bucket = IN_BUCKET.matcher(location + "/");
        if (!bucket.matches()) {
            throw new IOException(location + " is neither in an S3 bucket nor on this host's disk");
        }
        return buckets.shelf(bucket(bucket.group(1), said(location)));
    }

    /** What is said of a location: the longest prefix knows best. */
    private Map<String, String> said(String location) {
        Map<String, String> said = new HashMap<>(properties);
        handed.stream()
                .filter(one -> location.startsWith(one.prefix()))
                .sorted(Comparator.comparingInt(one -> one.prefix().length()))
                .forEach(one -> said.putAll(one.config()));
        return said;
    }

    private static Bucket bucket(String name, Map<String, String> said) throws IOException {
        String key = said.get(ACCESS_KEY);
        String secret = said.get(SECRET_KEY);
        if (key == null && Boolean.parseBoolean(said.get(SIGNED))) {
            throw new IOException("the catalog wants to sign requests to bucket " + name
                    + ", which is not built: have it" + " hand out credentials, or give the sink its own");
        }
        String endpoint = said.get(ENDPOINT);
        return new Bucket(
                name,
                said.getOrDefault(REGION, "us-east-1"),
                endpoint == null ? null : URI.create(endpoint),
                Boolean.parseBoolean(said.get(PATH_STYLE)) ? Addressing.PATH : Addressing.HOST,
                key == null || secret == null
                        ? null
                        : new Credentials(new Secret(key), new Secret(secret), secret(said.get(SESSION))),
                null,
                null,
                8L << 20);
    }

    private static @Nullable Secret secret(@Nullable String text) {
        return text == null ? null : new Secret(text);
    }

    @Override
    public OutputStream create(String location) throws IOException {
        return at(location).create(location);
    }

    @Override
    public boolean createOnly(String location, byte[] content) throws IOException {
        return at(location).createOnly(location, content);
    }

    @Override
    public void replace(String location, byte[] content) throws IOException {
        at(location).replace(location, content);
    }

    @Override
    public ReadableFile open(String location) throws IOException {
        return at(location).open(location);
    }

    @Override
    public boolean exists(String location) throws IOException {
        return at(location).exists(location);
    }

    @Override
    public List<Found> list(String folder) throws IOException {
        return at(folder).list(folder);
    }

    @Override
    public List<String> folders(String folder) throws IOException {
        return at(folder).folders(folder);
    }

    @Override
    public void delete(String location) throws IOException {
        at(location).delete(location);
    }

    /** The catalog's word is what counts, and it has given it. */
    @Override
    public boolean isDurableWhenSeen() {
        return true;
    }
}
