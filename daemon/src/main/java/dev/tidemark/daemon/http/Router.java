// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the route that a path and a method name, for whoever may take it. */
final class Router {
    private static final String GET = "GET";

    /** Is answered as GET is, without the body. */
    static final String HEAD = "HEAD";

    private final List<Entry> entries = new ArrayList<>();

    /** A request whose path has not been taken apart yet. */
    interface Incoming {
        /** Lets it do what a route permits, or refuses it. */
        void admit(Permission permission) throws RefusedException;

        String method();

        /** As it was sent. */
        String rawPath();

        /** The request, with these path segments. */
        Request with(Map<String, String> segments) throws RefusedException;
    }

    private record Entry(Route route, List<String> pattern) {}

    Router(List<Route> routes) {
        routes.forEach(route -> entries.add(new Entry(route, segments(route.path()))));
    }

    void stop() {
        entries.forEach(entry -> entry.route().stop());
    }

    void crowded(int callers) {
        entries.forEach(entry -> entry.route().crowded(callers));
    }

    Answer answer(Incoming incoming) throws IOException, RefusedException {
        List<String> path = segments(incoming.rawPath());
        String method = incoming.method().equals(HEAD) ? GET : incoming.method();
        Set<String> allowed = new LinkedHashSet<>();
        for (Entry entry : entries) {
            Optional<Map<String, String>> segments = match(entry.pattern(), path);
            if (segments.isPresent() && entry.route().method().equals(method)) {
                incoming.admit(entry.route().permission());
                return entry.route().answer(incoming.with(segments.get()));
            }
            if (segments.isPresent()) {
                allowed.add(entry.route().method());
            }
        }
        if (allowed.isEmpty()) {
            throw Problem.of(Slug.NOT_FOUND, "no route has this path").refused();
        }
        if (allowed.contains(GET)) {
            allowed.add(HEAD);
        }
        String methods = String.join(", ", allowed);
        return Answer.problem(Problem.of(Slug.METHOD, "the path takes " + methods))
                .with("Allow", methods);
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }

    private static Optional<Map<String, String>> match(List<String> pattern, List<String> path)
            throws RefusedException {
        if (pattern.size() != path.size()) {
            return Optional.empty();
        }
        Map<String, String> segments = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String wanted = pattern.get(i);
            if (wanted.startsWith("{") && !path.get(i).isEmpty()) {
                segments.put(wanted.substring(1, wanted.length() - 1), PercentText.decode(path.get(i)));
            } else if (!wanted.equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(segments);
    }
}
