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
import org.jspecify.annotations.Nullable;

/**
 * Knows who may do what: at the socket anything, over TCP what the bearer's token says.
 *
 * <p>Without tokens anybody on the host may add and read rows over TCP, and nobody may give orders. How long a
 * comparison takes says nothing of the tokens: digests are compared, and always all of them.
 */
final class Doorkeeper {
    private static final String SCHEME = "Bearer ";

    private final List<Known> known;

    private static final class Known {
        private final AccessToken token;
        private final byte[] digest;

        Known(AccessToken token) {
            this.token = token;
            this.digest = digest(token.value().value());
        }
    }

    Doorkeeper(List<AccessToken> tokens) {
        known = tokens.stream().map(Known::new).toList();
    }

    /**
     * Lets a request in, or refuses it.
     *
     * @param authorization the values of the header
     * @return the name of the token that it bears
     */
    Optional<String> admit(Entrance entrance, Permission permission, List<String> authorization)
            throws RefusedException {
        Optional<AccessToken> borne = borne(authorization);
        if (entrance == Entrance.TCP) {
            admit(permission, borne.map(AccessToken::scope).orElse(null));
        }
        return borne.map(AccessToken::name);
    }

    private void admit(Permission permission, @Nullable Scope scope) throws RefusedException {
        if (permission == Permission.OPEN) {
            return;
        }
        if (known.isEmpty()) {
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

    private Optional<AccessToken> borne(List<String> authorization) {
        if (authorization.size() != 1 || !authorization.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        byte[] told = digest(authorization.getFirst().substring(SCHEME.length()).strip());
        Optional<AccessToken> borne = Optional.empty();
        for (Known each : known) {
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
