// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a body writes its rows. */
public enum BodyFormat {
    /** The last type is what curl and others say of a body when nobody told them what it is. */
    NDJSON(
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonlines",
            "application/x-www-form-urlencoded"),
    JSON("application/json"),
    CSV("text/csv"),
    ARROW("application/vnd.apache.arrow.stream");

    @SuppressWarnings("ImmutableEnumChecker") // What List.of gives is.
    private final List<String> mediaTypes;

    BodyFormat(String... mediaTypes) {
        this.mediaTypes = List.of(mediaTypes);
    }

    /** The media type to send such a body under. */
    public String mediaType() {
        return mediaTypes.getFirst();
    }

    /** The name on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format that a Content-Type names, its parameters left out; NDJSON when it names nothing. */
    public static Optional<BodyFormat> of(String contentType) {
        String plain = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (plain.isEmpty()) {
            return Optional.of(NDJSON);
        }
        return Arrays.stream(values())
                .filter(format -> format.mediaTypes.contains(plain))
                .findFirst();
    }
}
