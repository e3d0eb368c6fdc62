// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Which rows a request reads, from where: its {@code partition} and {@code since}.
 *
 * <p>{@code partition} is the partition's encoded name. Clients that encode what they put into a URL send {@code eu%2Fwest}
 * as {@code eu%252Fwest}, others as it is; both mean the same. The decoded text is the name where it can be one, and
 * what stands in the URL is the name otherwise. (A value that has percent escapes in it must therefore be sent by a
 * client that encodes.)
 */
final class ReaderScope {
    private static final Pattern SEQUENCE = Pattern.compile("seq:(\\d{1,18})");
    private static final Pattern NAME = Pattern.compile("_null|_empty|(?![_.])([A-Za-z0-9._~-]|%[0-9A-F]{2})+");

    private ReaderScope() {}

    /** Whether a text can be the encoded name of a partition. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    static Scope scope(Dataset dataset, Query query) throws RefusedException {
        String decoded = query.text("partition").orElse(null);
        if (decoded == null) {
            return Scope.whole(dataset.name());
        }
        boolean everyRow = dataset.partitionBy() == null;
        boolean isName = isName(decoded) && (everyRow || !decoded.equals(Partition.ALL));
        String name = isName ? decoded : query.raw("partition").orElseThrow();
        if (!isName(name)) {
            throw Query.refused("partition", "is a partition's encoded name, as answers give it");
        }
        return Scope.of(new Partition(dataset.name(), name));
    }

    /** Where the request goes on: {@code since}, or the start. */
    static Continuation since(Cache cache, Scope scope, Query query) throws IOException, RefusedException {
        String text = query.text("since").orElse("0");
        if (text.equals("0")) {
            return cache.continuation(scope, Position.START);
        }
        if (text.startsWith("seq:")) {
            // A row without a sequence comes after none.
            long legacy = cache.legacyHead(scope.dataset());
            return cache.continuation(scope, new Position(legacy, sequence(cache, text)));
        }
        Continuation token;
        try {
            token = Continuation.parse(text);
        } catch (IllegalArgumentException e) {
            throw badToken("since is 0, seq:N, or a token that an answer gave");
        }
        if (!cache.isGood(token)) {
            throw Problem.of(Slug.TOKEN_INCARNATION, "the token was given by another cache")
                    .hinting("start again with since=0, or ask the daemon that gave it")
                    .refused();
        }
        if (!token.scope().equals(scope)) {
            throw Problem.of(Slug.TOKEN_SCOPE, "the token was given for another dataset or partition")
                    .hinting("give it back with the request that it came from")
                    .refused();
        }
        return cache.continuation(scope, token.position());
    }

    private static long sequence(Cache cache, String text) throws RefusedException {
        if (!SEQUENCE.matcher(text).matches()) {
            throw badToken("seq: is followed by a sequence");
        }
        Sequence sequence = new Sequence(Long.parseLong(text.substring(text.indexOf(':') + 1)));
        if (sequence.isAfter(cache.head())) {
            throw badToken("no row has a sequence that high yet");
        }
        return sequence.value();
    }

    private static RefusedException badToken(String detail) {
        return Problem.of(Slug.BAD_TOKEN, detail).refused();
    }
}
