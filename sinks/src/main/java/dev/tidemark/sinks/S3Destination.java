// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.sinks.encoding.ObjectFormat;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Objects in a bucket of an S3 server.
 *
 * @param prefix as that of a {@link DirectoryDestination}
 * @param limits when an object is big or old enough
 * @param rate bytes a second; 0: as fast as it goes
 */
public record S3Destination(
        Bucket bucket, String prefix, ObjectFormat format, ObjectLimits limits, long rate, Timeouts timeouts)
        implements Destination {
    /** One that goes as fast as it can. */
    public S3Destination(Bucket bucket, String prefix, ObjectFormat format, ObjectLimits limits, Timeouts timeouts) {
        this(bucket, prefix, format, limits, 0, timeouts);
    }

    public S3Destination {
        DirectoryDestination.checkPrefix(prefix);
    }

    /**
     * Where the objects go, and as whom.
     *
     * @param endpoint null: Amazon's of the region
     * @param credentials null: what the host has, as Amazon's tools look for it
     * @param encryption at the server, such as {@code AES256} or {@code aws:kms}; null: the bucket's own
     * @param storageClass null: the bucket's own
     * @param partBytes an object above this goes in parts of this size
     */
    public record Bucket(
            String name,
            String region,
            @Nullable URI endpoint,
            Addressing addressing,
            @Nullable Credentials credentials,
            @Nullable String encryption,
            @Nullable String storageClass,
            long partBytes) {
        /** The least that S3 takes as a part that is not the last. */
        public static final long PART_BYTES_MIN = 5L << 20;

        public static final long PART_BYTES_MAX = 1L << 30;

        public Bucket {
            if (partBytes < PART_BYTES_MIN || partBytes > PART_BYTES_MAX) {
                throw new IllegalArgumentException("part_size: " + partBytes + " is not between 5MiB and 1GiB");
            }
        }

        /** The bucket in one line; what stays the same while there is progress. */
        public String place() {
            return "s3:" + (endpoint == null ? "" : endpoint.getRawAuthority() + "/") + name;
        }
    }

    /** Whether the bucket is in the path of a URL or in its host. */
    public enum Addressing {
        PATH,
        HOST
    }

    /**
     * A key and its secret.
     *
     * @param session what goes along with a key that is good for some time only
     */
    public record Credentials(
            Secret accessKey, Secret secretKey, @Nullable Secret session) {
        /** A key that is good until it is taken away. */
        public Credentials(Secret accessKey, Secret secretKey) {
            this(accessKey, secretKey, null);
        }
    }

    /**
     * How long each part of a request may take.
     *
     * @param write for some bytes to go out
     * @param read for some bytes to come in
     * @param call for all of it, of which one moves at most one part
     */
    public record Timeouts(Duration connect, Duration write, Duration read, Duration call) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(120));

        /** One whose bytes may go out as slowly as others come in. */
        public Timeouts(Duration connect, Duration read, Duration call) {
            this(connect, read, read, call);
        }
    }
}
