// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where one daemon lives: its configuration, its data, its log. */
public record Site(Path directory) {
    public static Site create(Path directory) throws IOException {
        Site site = new Site(directory);
        Files.createDirectories(site.config().resolve("sinks.d"));
        return site;
    }

    public Path config() {
        return directory.resolve("config");
    }

    public Path data() {
        return directory.resolve("data");
    }

    public Path log() {
        return directory.resolve("daemon.log");
    }

    /** What the daemon leaves while it is ready. */
    public Path card() {
        return data().resolve("daemon.json");
    }

    /** Where the daemon may be told to do anything. */
    public Path socket() {
        return directory.resolve("tidemark.sock");
    }

    public Path export() {
        return directory.resolve("export");
    }

    /** Writes {@code tidemark.yaml}. */
    public void settings(String yaml) throws IOException {
        Files.writeString(config().resolve("tidemark.yaml"), yaml);
    }

    /** Writes {@code sinks.d/NAME.yaml}. */
    public void sink(String name, String yaml) throws IOException {
        Files.writeString(config().resolve("sinks.d").resolve(name + ".yaml"), yaml);
    }

    /** A sink that writes plain JSON lines to {@link #export} and runs when it is told to. */
    public void directorySink(String name) throws IOException {
        sink(name, """
                type: blob
                store: {dir: %s}
                prefix: edge
                format: jsonl
                compression: none
                every: 1h
                """.formatted(export()));
    }
}
