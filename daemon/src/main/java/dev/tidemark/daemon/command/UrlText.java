// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Text on its way into a URL. */
final class UrlText {
    private UrlText() {}

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
