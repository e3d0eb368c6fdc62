// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.sinks.Claim;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The objects by which a store remembers which life of the cache wrote last: {@code claim-<n>}, each created once and
 * holding a life, one for each open, the newest two kept (I19).
 */
final class Claims {
    private static final Pattern FORM = Pattern.compile("claim-\\d{19}");
    private static final int NUMBER_AT = "claim-".length();
    private static final int KEPT = 2;

    private final BlobStore store;
    private final String folder;

    Claims(BlobStore store, String folder) {
        this.store = store;
        this.folder = folder;
    }

    /**
     * Adds a claim of the present life, if the newest one is of a life of ours or there is none.
     *
     * @param lastKnown the number of our last claim; ours is above it even if all are gone
     */
    Claim take(Lives lives, long lastKnown) throws IOException {
        List<String> claims = list();
        long newest = lastKnown;
        if (!claims.isEmpty()) {
            String last = claims.getLast();
            newest = Math.max(newest, Long.parseLong(last.substring(NUMBER_AT)));
            String remembered = read(last);
            if (!lives.isOurs(remembered)) {
                return new Claim.Foreign(new Refusal(
                        "foreign-life",
                        "another copy of this cache has written to " + store.place() + ": " + folder + last
                                + " remembers life " + remembered + ", which is none of this copy's, whose life is "
                                + lives.present()));
            }
        }
        long number = newest + 1;
        String key = folder + String.format(Locale.ROOT, "claim-%019d", number);
        return switch (store.createText(key, lives.present() + "\n")) {
            case Put.Created created -> {
                keepNewest();
                yield new Claim.Held(number);
            }
            case Put.Taken taken -> throw new IOException(key + " was created by somebody else just now");
            case Put.Unknown(String why) -> throw new IOException(key + " may have been created: " + why);
        };
    }

    /** The life that claimed last. */
    Optional<String> remembered() throws IOException {
        List<String> claims = list();
        return claims.isEmpty() ? Optional.empty() : Optional.of(read(claims.getLast()));
    }

    private String read(String claim) throws IOException {
        return store.readText(folder + claim).strip();
    }

    private void keepNewest() throws IOException {
        List<String> claims = list();
        for (String claim : claims.subList(0, Math.max(0, claims.size() - KEPT))) {
            store.delete(folder + claim);
        }
    }

    private List<String> list() throws IOException {
        return store.list(folder).stream()
                .filter(name -> FORM.matcher(name).matches())
                .toList();
    }
}
