// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.daemon.config.AccessToken.Scope;
import dev.tidemark.daemon.config.ListenSettings.TlsFiles;
import dev.tidemark.daemon.config.Located.Entry;
import dev.tidemark.sinks.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Binds {@code listen}. */
final class ListenSection {
    private static final String TOKEN_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
    private static final int TOKENS_MAX = 1000;
    private static final int VALUE_MAX = 1024;

    private final Findings findings;

    ListenSection(Findings findings) {
        this.findings = findings;
    }

    ListenSettings bind(Section section) {
        ListenSettings absent = ListenSettings.DEFAULT;
        ListenSettings listen = new ListenSettings(
                section.<@Nullable InetSocketAddress>value(
                        "http",
                        absent.http(),
                        text -> Readings.addressOrOff(text).orElse(null)),
                section.<@Nullable Path>value("socket", absent.socket(), Readings::absolutePath),
                tokens(section),
                tls(section),
                section.value("max_connections", absent.maxConnections(), Readings.countBetween(1, 1_000_000)));
        section.end();
        listen.fault().ifPresent(fault -> findings.add(section.markOf("http"), fault));
        return listen;
    }

    private @Nullable TlsFiles tls(Section listen) {
        Section section = listen.section("tls");
        Path certificate = section.<@Nullable Path>value("cert", null, Readings::absolutePath);
        Path key = section.<@Nullable Path>value("key", null, Readings::absolutePath);
        Path authorities = section.<@Nullable Path>value("client_ca", null, Readings::absolutePath);
        section.end();
        if (!listen.has("tls")) {
            return null;
        }
        if (!section.has("cert") || !section.has("key")) {
            findings.add(section.mark(), "tls has a cert and a key", "tls: {cert: /path, key: /path}");
        }
        if (certificate == null || key == null) {
            return null;
        }
        TlsFiles files = new TlsFiles(certificate, key, authorities);
        try {
            files.pem().keys();
            files.pem().trust();
        } catch (NoSuchFileException | AccessDeniedException e) {
            findings.add(section.mark(), Readings.why(Path.of(e.getFile()), e));
        } catch (IOException | GeneralSecurityException e) {
            findings.add(
                    section.mark(),
                    "cannot use "
                            + Stream.of(certificate, key, authorities)
                                    .filter(Objects::nonNull)
                                    .map(Path::toString)
                                    .collect(Collectors.joining(", "))
                            + ": " + e.getMessage());
        }
        return files;
    }

    private List<AccessToken> tokens(Section listen) {
        Section section = listen.section("tokens");
        List<AccessToken> tokens = new ArrayList<>();
        Map<Secret, String> named = new HashMap<>();
        for (Entry entry : section.named()) {
            if (!entry.key().matches(TOKEN_NAME)) {
                findings.add(
                        entry.keyMark(),
                        "\"" + entry.key() + "\" is not the name of a token",
                        "letters, digits, -, _ and ., 63 at most");
            }
            AccessToken token = token(entry, section.section(entry.value(), entry.key()));
            String other = token.value().value().isEmpty() ? null : named.putIfAbsent(token.value(), token.name());
            if (other != null) {
                findings.add(entry.keyMark(), "\"" + entry.key() + "\" has the value of \"" + other + "\"");
            }
            tokens.add(token);
        }
        if (tokens.size() > TOKENS_MAX) {
            findings.add(listen.markOf("tokens"), "there are more than " + TOKENS_MAX + " tokens");
        }
        return tokens;
    }

    private AccessToken token(Entry entry, Section section) {
        for (String key : List.of("scope", "value")) {
            if (entry.value() instanceof Located.Mapping && !section.has(key)) {
                findings.add(
                        entry.keyMark(),
                        "token \"" + entry.key() + "\" has no " + key,
                        "{scope: ingest, value: \"${cred:NAME}\"}");
            }
        }
        AccessToken token = new AccessToken(
                entry.key(),
                section.value("scope", Scope.READ, Readings.oneOf(Scope.class)),
                section.value("value", new Secret(""), ListenSection::secret));
        section.end();
        return token;
    }

    private static Secret secret(String text) {
        if (text.isEmpty() || text.length() > VALUE_MAX || !text.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("a token has 1 to " + VALUE_MAX + " characters of ASCII without spaces");
        }
        return new Secret(text);
    }
}
