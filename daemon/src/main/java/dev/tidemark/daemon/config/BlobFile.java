// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.Destination;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.S3Destination;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.nio.file.Path;
import java.time.Duration;

/** Binds the keys of a sink file that only a blob sink has. */
final class BlobFile {
    private static final ObjectLimits LIMITS = new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15));
    private static final Path NOWHERE = Path.of("");

    private final Findings findings;

    BlobFile(Findings findings) {
        this.findings = findings;
    }

    /** The destination that the file describes; not to be used when there is anything to find. */
    Destination bind(Section root) {
        Section store = root.section("store");
        boolean inBucket = store.has("s3");
        if (inBucket == store.has("dir") && (root.isSection("store") || !root.has("store"))) {
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
        long rate = root.value("rate", 0L, Readings::size);
        Section timeouts = root.section("timeouts");
        return bucket == null
                ? new DirectoryDestination(directory, prefix, format, limits, rate, call(timeouts))
                : new S3Destination(bucket, prefix, format, limits, rate, new BucketKeys(findings).timeouts(timeouts));
    }

    /** A directory is neither connected to nor read from: of the timeouts it has the one over all. */
    private static Duration call(Section timeouts) {
        timeouts.notOf("a directory", "connect", "write", "read");
        Duration call = timeouts.value("call", S3Destination.Timeouts.DEFAULT.call(), Readings::period);
        timeouts.end();
        return call;
    }

    private Bucket bucket(Section s3) {
        Bucket bucket = new BucketKeys(findings).bucket(s3);
        s3.end();
        return bucket;
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
}
