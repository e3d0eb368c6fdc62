// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;

/** A program that keeps what it is given, as {@link PeerRun} drives it; any number of threads append. */
interface PeerLog extends AutoCloseable {
    /** Appends one of the shape's batches; once this returns, fdatasync has. */
    void append(int batch) throws IOException;

    /** How many rows it says that it has. */
    long rows() throws IOException;

    @Override
    void close() throws IOException;
}
