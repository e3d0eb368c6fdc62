// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Turns away web pages that reach for a daemon on their reader's own host.
 *
 * <p>A page can make a browser send requests here, by its own name for this address; it cannot make it send another
 * {@code Host}, or leave {@code Origin} out. No page reaches a unix socket, so any {@code Host} will do there.
 */
final class Visitor {
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[(::1|0:0:0:0:0:0:0:1)])(:\\d{1,5})?");

    private Visitor() {}

    static void admit(Entrance entrance, List<String> hosts, List<String> origins) throws RefusedException {
        if (entrance == Entrance.TCP && !areLoopback(hosts)) {
            throw Problem.of(Slug.BAD_HOST, "the Host header does not name the loopback interface")
                    .hinting("call the daemon as localhost or 127.0.0.1")
                    .refused();
        }
        if (!origins.isEmpty()) {
            throw Problem.of(Slug.BAD_ORIGIN, "the request has an Origin header")
                    .refused();
        }
    }

    private static boolean areLoopback(List<String> hosts) {
        return hosts.size() == 1
                && LOOPBACK.matcher(hosts.getFirst().toLowerCase(Locale.ROOT)).matches();
    }
}
