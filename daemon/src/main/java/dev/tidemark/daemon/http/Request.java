// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.InputStream;
import java.util.Optional;

/** One request, as a route sees it. */
interface Request {
    /** What stands in the path where the route's path has the name in braces, decoded. */
    String segment(String name);

    Query query();

    /** The header's value; several are joined by commas, as HTTP has it. */
    Optional<String> header(String name);

    /** The name of the token that it bears. */
    Optional<String> bearer();

    /** The body as it was sent, its content encoding still on it; may be read once. */
    InputStream body();
}
