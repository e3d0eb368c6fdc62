// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.Destination;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.S3Destination;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Binds the keys of a sink file that only a blob sink has. */
final class BlobFile {
    private static final ObjectLimits LIMITS = new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15));
    private static final Path NOWHERE = Path.of("");
    private static final long PART_BYTES = 8L << 20;
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9:_-]{1,64}");

    private final Findings findings;

    BlobFile(Findings findings) {
        this.findings = findings;
    }

    /** The destination that the file describes; not to be used when there is anything to find. */
    Destination bind(Section root) {
        root.notBuilt("rate");
        Section store = root.section("store");
        boolean inBucket = store.has("s3");
        if (inBucket == store.has("dir")) {
            findings.add(
                    root.markOf("store"),
                    "a blob sink needs one store",
                    "store: {dir: /srv/export} or store: {s3: {…}}");
        }
        Path directory = store.value("dir", NOWHERE, Readings::absolutePath);
        Bucket bucket = inBucket ? bucket(store.section("s3")) : null;
        store.end();
        String prefix = root.value("prefix", "", BlobFile::prefix);
        ObjectFormat format = format(root);
        ObjectLimits limits = limits(root.section("object"));
        if (bucket == null) {
            root.notBuilt("timeouts");
            return new DirectoryDestination(directory, prefix, format, limits);
        }
        return new S3Destination(bucket, prefix, format, limits, timeouts(root.section("timeouts")));
    }

    private Bucket bucket(Section s3) {
        if (!s3.has("bucket")) {
            findings.add(s3.mark(), "\"bucket\" is missing", "s3: {bucket: acme, region: eu-west-1}");
        }
        if (!s3.has("region") && !s3.has("endpoint")) {
            findings.add(s3.mark(), "a bucket has a region or an endpoint", "s3: {bucket: acme, region: eu-west-1}");
        }
        Secret accessKey = s3.<@Nullable Secret>value("access_key", null, Secret::new);
        Secret secretKey = s3.<@Nullable Secret>value("secret_key", null, Secret::new);
        if ((accessKey == null) != (secretKey == null)) {
            findings.add(s3.mark(), "access_key and secret_key belong together; without both the host's are taken");
        }
        Bucket bucket = new Bucket(
                s3.value("bucket", "none", BlobFile::bucketName),
                s3.value("region", "us-east-1", BlobFile::word),
                s3.<@Nullable URI>value("endpoint", null, BlobFile::endpoint),
                s3.value("path_style", false, Readings::truth) ? Addressing.PATH : Addressing.HOST,
                accessKey == null || secretKey == null ? null : new Credentials(accessKey, secretKey),
                s3.<@Nullable String>value("sse", null, BlobFile::word),
                s3.<@Nullable String>value("storage_class", null, BlobFile::word),
                s3.value("part_size", PART_BYTES, Readings.sizeBetween(Bucket.PART_BYTES_MIN, Bucket.PART_BYTES_MAX)));
        s3.end();
        return bucket;
    }

    private static Timeouts timeouts(Section section) {
        section.notBuilt("write");
        Timeouts timeouts = new Timeouts(
                section.value("connect", Timeouts.DEFAULT.connect(), Readings::period),
                section.value("read", Timeouts.DEFAULT.read(), Readings::period),
                section.value("call", Timeouts.DEFAULT.call(), Readings::period));
        section.end();
        return timeouts;
    }

    /** The format, the compression that it has or is told to have, and which columns. */
    private static ObjectFormat format(Section root) {
        Kind kind = root.value("format", Kind.PARQUET, BlobFile::kind);
        Hidden hidden = root.value("meta", false, Readings::truth) ? Hidden.SHOWN : Hidden.LEFT_OUT;
        ObjectFormat usual = new ObjectFormat(kind, kind.usualCompression(), hidden);
        return root.value("compression", usual, text -> new ObjectFormat(kind, text, hidden));
    }

    private static Kind kind(String text) {
        for (Kind kind : Kind.values()) {
            if (kind.word().equals(text)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not one of parquet, jsonl, csv, arrow");
    }

    private static ObjectLimits limits(Section object) {
        ObjectLimits limits = new ObjectLimits(
                object.value("rows", (int) LIMITS.rows(), Readings.countBetween(1, 1_000_000_000)),
                object.value("bytes", LIMITS.bytes(), Readings.sizeBetween(1, 1L << 40)),
                object.value("max_wait", LIMITS.maxWait(), Readings::duration));
        object.end();
        return limits;
    }

    private static String prefix(String text) {
        if (text.replace("{host}", "").replace("{name}", "").contains("{")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" holds something other than {host} and {name} in braces");
        }
        return new DirectoryDestination(NOWHERE, text, LIMITS).prefix();
    }

    private static String bucketName(String text) {
        if (!BUCKET.matcher(text).matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not the name of a bucket");
        }
        return text;
    }

    private static String word(String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a word that S3 knows");
        }
        return text;
    }

    private static URI endpoint(String text) {
        try {
            URI url = URI.create(text);
            boolean bare = url.getRawPath() == null
                    || url.getRawPath().isEmpty()
                    || url.getRawPath().equals("/");
            if (bare
                    && url.getHost() != null
                    && url.getScheme() != null
                    && Set.of("http", "https").contains(url.getScheme())
                    && url.getRawUserInfo() == null
                    && url.getRawQuery() == null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // It is said below what one looks like.
        }
        throw new IllegalArgumentException("an endpoint looks like https://s3.example:9000");
    }
}
