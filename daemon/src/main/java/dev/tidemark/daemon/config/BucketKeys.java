// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.IcebergDestination.Storage;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.Secret;
import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Binds the keys that say which bucket, as whom, and how long its server may take. */
record BucketKeys(Findings findings) {
    private static final long PART_BYTES = 8L << 20;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9:_-]{1,64}");

    /** The bucket; the section may have keys beside it, and its end is the caller's. */
    Bucket bucket(Section s3) {
        if (!s3.has("bucket")) {
            findings.add(s3.mark(), "\"bucket\" is missing", "s3: {bucket: acme, region: eu-west-1}");
        }
        if (!s3.has("region") && !s3.has("endpoint")) {
            findings.add(s3.mark(), "a bucket has a region or an endpoint", "s3: {bucket: acme, region: eu-west-1}");
        }
        Credentials credentials = credentials(s3);
        return new Bucket(
                s3.value("bucket", "none", BucketKeys::name),
                s3.value("region", "us-east-1", BucketKeys::word),
                s3.<@Nullable URI>value("endpoint", null, BucketKeys::endpoint),
                s3.value("path_style", false, Readings::truth) ? Addressing.PATH : Addressing.HOST,
                credentials,
                s3.<@Nullable String>value("sse", null, BucketKeys::word),
                s3.<@Nullable String>value("storage_class", null, BucketKeys::word),
                s3.value("part_size", PART_BYTES, Readings.sizeBetween(Bucket.PART_BYTES_MIN, Bucket.PART_BYTES_MAX)));
    }

    /** The server of buckets that somebody else names. */
    Storage storage(Section s3) {
        Storage storage = new Storage(
                s3.value("region", "us-east-1", BucketKeys::word),
                s3.<@Nullable URI>value("endpoint", null, BucketKeys::endpoint),
                s3.value("path_style", false, Readings::truth) ? Addressing.PATH : Addressing.HOST,
                credentials(s3));
        s3.end();
        return storage;
    }

    private @Nullable Credentials credentials(Section s3) {
        Secret accessKey = s3.<@Nullable Secret>value("access_key", null, Secret::new);
        Secret secretKey = s3.<@Nullable Secret>value("secret_key", null, Secret::new);
        if ((accessKey == null) != (secretKey == null)) {
            findings.add(s3.mark(), "access_key and secret_key belong together; without both the host's are taken");
        }
        return accessKey == null || secretKey == null ? null : new Credentials(accessKey, secretKey);
    }

    Timeouts timeouts(Section section) {
        Timeouts timeouts = new Timeouts(
                section.value("connect", Timeouts.DEFAULT.connect(), Readings::period),
                section.value("write", Timeouts.DEFAULT.write(), Readings::period),
                section.value("read", Timeouts.DEFAULT.read(), Readings::period),
                section.value("call", Timeouts.DEFAULT.call(), Readings::period));
        section.end();
        return timeouts;
    }

    private static String name(String text) {
        if (!NAME.matcher(text).matches()) {
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
