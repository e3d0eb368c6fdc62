// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where on this host a unix socket belongs when nobody says where.
 *
 * @param directories shared with whoever else runs here, in the order in which they are tried; a daemon that gets none of
 *     them has its data directory
 */
record SocketPlaces(List<Path> directories) {
    private static final Path SYSTEM = Path.of("/run/tidemark");
    private static final Path THIS_PROCESS = Path.of("/proc/self");
    private static final Integer ROOT = 0;

    SocketPlaces {
        directories = List.copyOf(directories);
    }

    /** What systemd made for this service, else the system's directory for root, else none. */
    static SocketPlaces ofHost(Map<String, String> environment) {
        return of(environment, userId());
    }

    static SocketPlaces of(Map<String, String> environment, Object userId) {
        // systemd separates several by colons.
        String runtime = environment.getOrDefault("RUNTIME_DIRECTORY", "").split(":", 2)[0];
        if (!runtime.isEmpty()) {
            return new SocketPlaces(List.of(Path.of(runtime).toAbsolutePath()));
        }
        return new SocketPlaces(userId.equals(ROOT) ? List.of(SYSTEM) : List.of());
    }

    private static Object userId() {
        try {
            return Files.getAttribute(THIS_PROCESS, "unix:uid");
        } catch (IOException | UnsupportedOperationException unknown) {
            return System.getProperty("user.name", "").equals("root") ? ROOT : -1;
        }
    }
}
