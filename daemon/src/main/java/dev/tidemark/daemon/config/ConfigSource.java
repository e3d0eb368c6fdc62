// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.io.IOException;

/** Where the configuration comes from, each time it is asked for. */
@FunctionalInterface
public interface ConfigSource {
    /**
     * Reads all of it anew.
     *
     * @throws ConfigException when it cannot be used
     */
    Loaded load() throws ConfigException, IOException;

    /** A configuration, and where each of its values comes from. */
    record Loaded(Config config, Outlines outlines) {}
}
