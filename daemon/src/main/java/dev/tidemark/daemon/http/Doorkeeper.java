// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.config.AccessToken;
import dev.tidemark.daemon.config.AccessToken.Scope;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows who may do what: at the socket anything, over TCP what the bearer's token says.
 *
 * <p>Without tokens anybody on the host may add and read rows over TCP, and nobody may give orders. How long a
 * comparison takes says nothing of the tokens: digests are compared, and always all of them.
 */
final class Doorkeeper {
    private static final String SCHEME = "Bearer ";

    private final Supplier<List<AccessToken>> tokens;
    private volatile Known known;

    /** What is known of tokens, as long as they are the same. */
    private record Known(List<AccessToken> tokens, List<Digested> digested) {
        static Known of(List<AccessToken> tokens) {
            return new Known(tokens, tokens.stream().map(Digested::new).toList());
        }
    }

    private static final class Digested {
        private final AccessToken token;
        private final byte[] digest;

        Digested(AccessToken token) {
            this.token = token;
            this.digest = digest(token.value().value());
        }
    }

    /** Asks at each request who may come in, so that a reload holds at once. */
    Doorkeeper(Supplier<List<AccessToken>> tokens) {
        this.tokens = tokens;
        this.known = Known.of(tokens.get());
    }

    private List<Digested> known() {
        List<AccessToken> now = tokens.get();
        Known before = known;
        if (!before.tokens().equals(now)) {
            before = Known.of(now);
            known = before;
        }
        return before.digested();
    }

    /**
     * Lets a request in, or refuses it.
     *
     * @param authorization the values of the header
     * @return the name of the token that it bears
     */
    Optional<String> admit(Entrance entrance, Permission permission, List<String> authorization)
            throws RefusedException {
        List<Digested> all = known();
        Optional<AccessToken> borne = borne(authorization, all);
        if (entrance == Entrance.TCP) {
            admit(permission, borne.map(AccessToken::scope).orElse(null), all.isEmpty());
        }
        return borne.map(AccessToken::name);
    }

    private static void admit(Permission permission, @Nullable Scope scope, boolean nobodyHasOne)
            throws RefusedException {
        if (permission == Permission.OPEN) {
            return;
        }
        if (nobodyHasOne) {
            if (permission == Permission.ADMIN) {
                throw Problem.of(Slug.FORBIDDEN, "over TCP orders need an admin token, and no tokens are configured")
                        .hinting("ask at the unix socket that daemon.json names, as the tidemark command does")
                        .refused();
            }
        } else if (scope == null) {
            throw Problem.of(Slug.UNAUTHORIZED, "the request bears no token that is known here")
                    .hinting("Authorization: Bearer …, with a token of listen.tokens")
                    .refused();
        } else if (!allows(scope, permission)) {
            throw Problem.of(Slug.FORBIDDEN, "the token is for another purpose")
                    .hinting("use a token whose scope is " + wanted(permission))
                    .refused();
        }
    }

    private static boolean allows(Scope scope, Permission permission) {
        return switch (scope) {
            case INGEST -> permission == Permission.INGEST;
            case READ -> permission == Permission.READ;
            case ADMIN -> true;
        };
    }

    private static String wanted(Permission permission) {
        return switch (permission) {
            case OPEN, ADMIN -> "admin";
            case INGEST -> "ingest or admin";
            case READ -> "read or admin";
        };
    }

    private static Optional<AccessToken> borne(List<String> authorization, List<Digested> known) {
        if (authorization.size() != 1 || !authorization.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        byte[] told = digest(authorization.getFirst().substring(SCHEME.length()).strip());
        Optional<AccessToken> borne = Optional.empty();
        for (Digested each : known) {
            if (MessageDigest.isEqual(each.digest, told)) {
                borne = Optional.of(each.token);
            }
        }
        return borne;
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
