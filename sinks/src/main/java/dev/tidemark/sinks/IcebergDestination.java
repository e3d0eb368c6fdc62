// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.S3Destination.Timeouts;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Iceberg tables, one for each dataset.
 *
 * @param namespace in front of every table's name
 * @param maintenance what {@code sink maintain} keeps and rewrites
 * @param lookups for each dataset the columns by which the rows of a file are sorted
 * @param rate bytes a second; 0: as fast as it goes
 */
public record IcebergDestination(
        Warehouse warehouse, String namespace, Maintenance maintenance, Map<String, List<String>> lookups, long rate)
        implements Destination {
    /** A unit is read into memory to be sorted, so this bounds what a delivery takes off the heap. */
    private static final ObjectLimits LIMITS = new ObjectLimits(500_000, 64L << 20, Duration.ZERO);

    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

    /** One that goes as fast as it can. */
    public IcebergDestination(
            Warehouse warehouse, String namespace, Maintenance maintenance, Map<String, List<String>> lookups) {
        this(warehouse, namespace, maintenance, lookups, 0);
    }

    public IcebergDestination {
        if (!NAMESPACE.matcher(namespace).matches()) {
            throw new IllegalArgumentException(
                    "namespace: \"" + namespace + "\" is not one word of letters, digits, _ and -");
        }
        lookups = Map.copyOf(lookups);
    }

    @Override
    public ObjectLimits limits() {
        return LIMITS;
    }

    /** The same tables, each sorted by its dataset's columns. */
    public IcebergDestination sortedBy(Map<String, List<String>> columns) {
        return new IcebergDestination(warehouse, namespace, maintenance, columns, rate);
    }

    /** Where the tables lie, or who knows. */
    public sealed interface Warehouse {
        /** The warehouse in one line; what stays the same while there is progress. */
        String place();
    }

    /** A directory: {@code <root>/<namespace>/<dataset>}. */
    public record Directory(Path root) implements Warehouse {
        public Directory {
            root = root.toAbsolutePath().normalize();
        }

        @Override
        public String place() {
            return "dir:" + root;
        }
    }

    /**
     * A bucket: {@code <prefix>/<namespace>/<dataset>}, or without the prefix when it is empty.
     *
     * @param timeouts of each request
     */
    public record InBucket(Bucket bucket, String prefix, Timeouts timeouts) implements Warehouse {
        private static final Pattern PREFIX = Pattern.compile("(\\w[\\w.-]*(/\\w[\\w.-]*)*)?");

        public InBucket {
            checkPrefix(prefix);
        }

        /** Other engines read locations as URIs, so nothing is in them that has to be escaped there. */
        public static String checkPrefix(String text) {
            if (!PREFIX.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        "prefix: \"" + text + "\" is not a path of names of letters, digits, _, . and -");
            }
            return text;
        }

        @Override
        public String place() {
            return bucket.place() + (prefix.isEmpty() ? "" : "/" + prefix);
        }
    }

    /**
     * A catalog that speaks Iceberg's REST protocol: it says where tables lie, and takes their commits.
     *
     * @param warehouse what the catalog calls the warehouse, if it has several
     * @param storage the bucket's server, where the catalog does not say
     * @param timeouts of each request, to the catalog and to the bucket
     */
    public record RestCatalog(
            URI uri,
            @Nullable String warehouse,
            Access access,
            @Nullable Storage storage,
            Timeouts timeouts) implements Warehouse {
        @Override
        public String place() {
            return "rest:" + uri + (warehouse == null ? "" : " " + warehouse);
        }
    }

    /** As whom a catalog is asked. */
    public sealed interface Access {
        /** As nobody. */
        record Anonymous() implements Access {}

        /** With a token that somebody else looks after. */
        record Token(Secret token) implements Access {}

        /**
         * With tokens that are asked for.
         *
         * @param credential {@code id:secret}, or a secret alone
         * @param server who gives tokens; null: the catalog itself
         * @param scope null: the catalog's
         */
        record Client(
                Secret credential,
                @Nullable URI server,
                @Nullable String scope) implements Access {}
    }

    /**
     * A server of buckets.
     *
     * @param endpoint null: Amazon's of the region
     * @param credentials null: those that the catalog hands out, or else what the host has
     */
    public record Storage(
            String region,
            @Nullable URI endpoint,
            Addressing addressing,
            @Nullable Credentials credentials) {}

    /**
     * What {@code sink maintain} does to a table.
     *
     * @param snapshotsMin so many snapshots stay, however old
     * @param snapshotAge and none younger than this goes
     * @param compactFiles a partition of so many files is worth a rewrite
     * @param compactBytes one run rewrites at most so much
     */
    public record Maintenance(int snapshotsMin, Duration snapshotAge, int compactFiles, long compactBytes) {
        public static final Maintenance DEFAULT = new Maintenance(10, Duration.ofHours(24), 32, 2L << 30);
    }
}
