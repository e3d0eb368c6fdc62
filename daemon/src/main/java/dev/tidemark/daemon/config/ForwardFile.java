// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.ForwardDestination.WireFormat;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.PassLimits;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Binds the keys of a sink file that only a forward sink has. */
final class ForwardFile {
    private static final ObjectLimits BATCH = new ObjectLimits(5000, 4L << 20, Duration.ZERO);
    private static final URI NOWHERE = URI.create("http://127.0.0.1/");
    private static final Set<String> PROTOCOL = Set.of(
            "authorization",
            "connection",
            "content-digest",
            "content-encoding",
            "content-length",
            "content-type",
            "host",
            "idempotency-key",
            "proxy-authorization",
            "transfer-encoding",
            "user-agent");
    private static final String HEADER_NAME = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";

    private final Findings findings;

    ForwardFile(Findings findings) {
        this.findings = findings;
    }

    /** The destination that the file describes; not to be used when there is anything to find. */
    ForwardDestination bind(Section root) {
        if (!root.has("url")) {
            findings.add(root.mark(), "a forward sink needs a url", "url: https://central.example:4850/v1/forward");
        }
        return new ForwardDestination(
                root.value("url", NOWHERE, ForwardFile::url),
                root.value("dialect", null, ForwardFile::dialect),
                authorization(root),
                headers(root.section("headers")),
                root.<@Nullable URI>value("proxy", null, ForwardFile::proxy),
                root.value("format", null, ForwardFile::format),
                root.value("compression", Compression.ZSTD, oneOf("zstd, gzip, none", Compression::parse)),
                root.value("meta", false, Readings::truth) ? Hidden.SHOWN : Hidden.LEFT_OUT,
                batch(root.section("batch")),
                pass(root.section("pass")),
                root.value("rate", 0L, Readings::size),
                timeouts(root.section("timeouts")),
                tls(root.section("tls")));
    }

    private Authorization authorization(Section root) {
        Secret token = root.<@Nullable Secret>value("token", null, ForwardFile::headerValue);
        Section auth = root.section("auth");
        Section basic = auth.section("basic");
        String user = basic.<@Nullable String>value("user", null, text -> text);
        Secret password = basic.<@Nullable Secret>value("password", null, Secret::new);
        basic.end();
        auth.end();
        if (token != null && root.has("auth")) {
            findings.add(root.markOf("auth"), "token and auth exclude each other");
        }
        if (root.has("auth") && (user == null || password == null)) {
            findings.add(
                    root.markOf("auth"), "auth has a user and a password", "auth: {basic: {user: …, password: …}}");
        }
        if (user != null && user.contains(":")) {
            findings.add(basic.markOf("user"), "a user has no colon");
        }
        if (token != null) {
            return new Authorization.Bearer(token);
        }
        return user == null || password == null ? new Authorization.None() : new Authorization.Basic(user, password);
    }

    private Map<String, Secret> headers(Section section) {
        Map<String, Secret> headers = new LinkedHashMap<>();
        for (Located.Entry entry : section.named()) {
            String name = entry.key().toLowerCase(Locale.ROOT);
            if (!entry.key().matches(HEADER_NAME)) {
                findings.add(entry.keyMark(), "\"" + entry.key() + "\" is not the name of a header");
            } else if (PROTOCOL.contains(name) || name.startsWith("tidemark-")) {
                findings.add(entry.keyMark(), "\"" + entry.key() + "\" is what the sink says itself");
            } else {
                headers.put(entry.key(), section.value(entry.key(), new Secret(""), ForwardFile::headerValue));
            }
        }
        return headers;
    }

    private static Secret headerValue(String text) {
        if (text.isBlank() || !text.chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("the value of a header is printable ASCII");
        }
        return new Secret(text);
    }

    private static ObjectLimits batch(Section batch) {
        ObjectLimits limits = new ObjectLimits(
                batch.value("rows", (int) BATCH.rows(), Readings.countBetween(1, 1_000_000)),
                batch.value("bytes", BATCH.bytes(), Readings.sizeBetween(1, 64L << 20)),
                BATCH.maxWait());
        batch.end();
        return limits;
    }

    private static PassLimits pass(Section section) {
        PassLimits usual = PassLimits.DEFAULT;
        PassLimits pass = new PassLimits(
                section.value("rows", (int) usual.rows(), Readings.countBetween(1, 1_000_000_000)),
                section.value("bytes", usual.bytes(), Readings.sizeBetween(1, 1L << 40)));
        section.end();
        return pass;
    }

    private static Timeouts timeouts(Section section) {
        Timeouts defaults = Timeouts.DEFAULT;
        Timeouts timeouts = new Timeouts(
                section.value("connect", defaults.connect(), Readings::period),
                section.value("write", defaults.write(), Readings::period),
                section.value("read", defaults.read(), Readings::period),
                section.value("call", defaults.call(), Readings::period));
        section.end();
        return timeouts;
    }

    private Tls tls(Section section) {
        Path authorities = section.<@Nullable Path>value("ca", null, Readings::absolutePath);
        Path certificate = section.<@Nullable Path>value("cert", null, Readings::absolutePath);
        Path key = section.<@Nullable Path>value("key", null, Readings::absolutePath);
        section.end();
        if ((certificate == null) != (key == null)) {
            findings.add(section.mark(), "cert and key belong together", "tls: {cert: /path, key: /path}");
            return Tls.OF_THE_HOST;
        }
        return new Tls(authorities, certificate, key);
    }

    private static URI url(String text) {
        URI url = http(text, Set.of("http", "https"), "https://central.example:4850/v1/forward");
        if (url.getRawQuery() != null || url.getRawFragment() != null || url.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "a url has no query, no fragment and no user here: use headers, token or auth");
        }
        return url;
    }

    private static URI proxy(String text) {
        return http(text, Set.of("http"), "http://proxy.example:3128");
    }

    private static URI http(String text, Set<String> schemes, String example) {
        try {
            URI url = URI.create(text);
            if (url.getHost() != null
                    && url.getScheme() != null
                    && schemes.contains(url.getScheme().toLowerCase(Locale.ROOT))
                    && url.getPort() != 0
                    && url.getPort() <= 65_535) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // The text may hold a password, and so may what the library says of it.
        }
        throw new IllegalArgumentException("it is not a url such as " + example);
    }

    private static @Nullable Dialect dialect(String text) {
        return switch (text) {
            case "auto" -> null;
            case "tidemark" -> Dialect.TIDEMARK;
            case "plain" -> Dialect.PLAIN;
            default -> throw new IllegalArgumentException("\"" + text + "\" is not one of auto, tidemark, plain");
        };
    }

    private static @Nullable WireFormat format(String text) {
        return switch (text) {
            case "auto" -> null;
            case "ndjson" -> WireFormat.NDJSON;
            case "arrow" -> WireFormat.ARROW;
            default -> throw new IllegalArgumentException("\"" + text + "\" is not one of auto, ndjson, arrow");
        };
    }

    private static <T> Function<String, T> oneOf(String words, Function<String, T> reading) {
        return text -> {
            try {
                if (text.equals(text.toLowerCase(Locale.ROOT))) {
                    return reading.apply(text);
                }
            } catch (IllegalArgumentException e) {
                // It is said below which words there are.
            }
            throw new IllegalArgumentException("\"" + text + "\" is not one of " + words);
        };
    }
}
