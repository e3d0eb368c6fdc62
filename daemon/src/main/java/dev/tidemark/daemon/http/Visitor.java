// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
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

    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

    private final Set<String> configured;
    private final Supplier<Set<String>> certified;

    /**
     * A guard of a host.
     *
     * @param configured names of the host
     * @param certified names and addresses that its certificate is for, now
     */
    Visitor(Set<String> configured, Supplier<Set<String>> certified) {
        this.configured = configured;
        this.certified = certified;
    }

    void admit(Entrance entrance, List<String> hosts, List<String> origins) throws RefusedException {
        if (entrance == Entrance.TCP
                && !(hosts.size() == 1 && isOurs(hosts.getFirst().toLowerCase(Locale.ROOT)))) {
            throw Problem.of(Slug.BAD_HOST, "the Host header names neither the loopback interface nor this host")
                    .hinting("call the daemon as localhost, or by a name of its certificate")
                    .refused();
        }
        if (!origins.isEmpty()) {
            throw Problem.of(Slug.BAD_ORIGIN, "the request has an Origin header")
                    .refused();
        }
    }

    private boolean isOurs(String host) {
        if (LOOPBACK.matcher(host).matches()) {
            return true;
        }
        String name = PORT.matcher(host).replaceFirst("").replaceAll("[\\[\\]]", "");
        return configured.stream().anyMatch(name::equalsIgnoreCase)
                || certified.get().stream().anyMatch(each -> each.equals(name) || isBelow(name, each));
    }

    /** Whether a wildcard stands for the first word of a name. */
    private static boolean isBelow(String name, String wildcard) {
        int dot = name.indexOf('.');
        return dot > 0 && wildcard.startsWith("*.") && wildcard.substring(1).equals(name.substring(dot));
    }
}
