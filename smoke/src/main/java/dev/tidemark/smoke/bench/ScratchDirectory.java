// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary directory that goes with all that is in it. */
record ScratchDirectory(Path path) implements AutoCloseable {
    static ScratchDirectory create() throws IOException {
        return new ScratchDirectory(Files.createTempDirectory("tidemark-bench-"));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> everything = Files.walk(path)) {
            for (Path each : everything.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
