// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.Dialect;
import java.io.IOException;
import java.util.Optional;

/** What an endpoint was once found to understand, kept with the progress because positions depend on it. */
public interface DialectMemory {
    Optional<Dialect> known();

    /** Remembered durably when this returns. */
    void keep(Dialect dialect) throws IOException;
}
