// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a daemon answered, whole: it says nothing but text.
 *
 * @param headers by lower-case name; several of one name are joined by commas
 */
record Reply(int status, Map<String, String> headers, String body) {
    Reply {
        headers = Map.copyOf(headers);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }
}
