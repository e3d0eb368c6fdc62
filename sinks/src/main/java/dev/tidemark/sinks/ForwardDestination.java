// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP endpoint.
 *
 * @param url to which the dataset's name is appended
 * @param dialect what it understands; null: ask it
 * @param headers sent with each request, beside those of the protocol
 * @param proxy an HTTP proxy, possibly with user and password; null: none
 * @param format null: what suits the dialect
 * @param hidden whether a plain endpoint gets the columns that Tidemark adds; a Tidemark receiver always does
 * @param limits how much travels in one request; any row makes a unit
 * @param pass how much of a partition its watermark passes over in one move
 * @param rate bytes a second; 0: as fast as it goes
 */
public record ForwardDestination(
        URI url,
        @Nullable Dialect dialect,
        Authorization authorization,
        Map<String, Secret> headers,
        @Nullable URI proxy,
        @Nullable WireFormat format,
        Compression compression,
        Hidden hidden,
        ObjectLimits limits,
        PassLimits pass,
        long rate,
        Timeouts timeouts,
        Tls tls)
        implements Destination {
    public ForwardDestination {
        headers = Map.copyOf(headers);
        if (rate < 0) {
            throw new IllegalArgumentException("rate: " + rate + " bytes a second");
        }
    }

    /** One with the usual pass. */
    public ForwardDestination(
            URI url,
            @Nullable Dialect dialect,
            Authorization authorization,
            Map<String, Secret> headers,
            @Nullable URI proxy,
            @Nullable WireFormat format,
            Compression compression,
            Hidden hidden,
            ObjectLimits limits,
            long rate,
            Timeouts timeouts,
            Tls tls) {
        this(
                url,
                dialect,
                authorization,
                headers,
                proxy,
                format,
                compression,
                hidden,
                limits,
                PassLimits.DEFAULT,
                rate,
                timeouts,
                tls);
    }

    /** What the rows of a unit are written as. */
    public enum WireFormat {
        NDJSON,
        ARROW
    }

    /** Who the sender says it is. */
    public sealed interface Authorization {
        record None() implements Authorization {}

        record Bearer(Secret token) implements Authorization {}

        record Basic(String user, Secret password) implements Authorization {}
    }

    /**
     * How long each part of a request may take.
     *
     * @param write for some bytes to go out
     * @param read for some bytes to come in
     * @param call for all of it
     */
    public record Timeouts(Duration connect, Duration write, Duration read, Duration call) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(120));
    }

    /**
     * PEM files, read again when they change; null: the host's own authorities, and no certificate of the client.
     */
    public record Tls(
            @Nullable Path authorities,
            @Nullable Path certificate,
            @Nullable Path key) {
        public static final Tls OF_THE_HOST = new Tls(null, null, null);

        public Tls {
            if ((certificate == null) != (key == null)) {
                throw new IllegalArgumentException("tls: cert and key belong together");
            }
        }

        /** As the sink's file has it. */
        @Override
        public String toString() {
            StringJoiner keys = new StringJoiner(", ", "{", "}");
            say("ca", authorities, keys);
            say("cert", certificate, keys);
            say("key", key, keys);
            return keys.toString();
        }

        private static void say(String key, @Nullable Path file, StringJoiner keys) {
            if (file != null) {
                keys.add(key + ": " + file);
            }
        }

        /** Whether there is nothing to read. */
        public boolean isOfTheHost() {
            return equals(OF_THE_HOST);
        }
    }
}
