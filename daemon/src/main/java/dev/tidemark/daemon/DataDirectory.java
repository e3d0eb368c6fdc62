// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The directory that holds everything this cache remembers. */
public record DataDirectory(Path path) {
    private static final Path SYSTEM = Path.of("/var/lib/tidemark");
    private static final Path HERE = Path.of("tidemark-data");

    /** The one that was asked for, else the environment's, else the host's if it may be written, else one right here. */
    public static DataDirectory resolve(@Nullable Path asked, Map<String, String> environment) {
        Path path = asked;
        if (path == null) {
            path = fromEnvironment(environment);
        }
        if (path == null) {
            path = Files.isWritable(SYSTEM) ? SYSTEM : HERE;
        }
        return new DataDirectory(path.toAbsolutePath().normalize());
    }

    private static @Nullable Path fromEnvironment(Map<String, String> environment) {
        String named = environment.get("TIDEMARK_DATA");
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        // systemd separates several by colons.
        String state = environment.get("STATE_DIRECTORY");
        return state == null || state.isEmpty() ? null : Path.of(state.split(":", 2)[0]);
    }

    Path sinks() {
        return path.resolve("sinks");
    }
}
