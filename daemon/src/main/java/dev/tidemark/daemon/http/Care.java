// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Verification;
import java.io.IOException;
import java.nio.file.Path;

/** What an operator may ask for the whole data directory, cache and sinks together. */
public interface Care {
    Verification verify() throws IOException;

    /**
     * Copies all of it into a directory that is empty or not there yet.
     *
     * @throws java.nio.file.FileAlreadyExistsException when it is neither
     */
    void backup(Path target) throws IOException;

    /** Reads the configuration anew and makes it hold, all of it or nothing; returns when that is done. */
    Reloaded reload() throws IOException;
}
