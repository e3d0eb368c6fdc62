// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;

/** Rows for one answer while they are gathered, up to a number of them and of bytes. */
interface RowPage extends Answer.Body {
    String contentType();

    int rows();

    boolean hasAllRows();

    /**
     * Takes as many of the next rows as fit, at least one on an empty page, so that a reader gets on.
     *
     * @return how many
     */
    int take(RowBatch batch) throws IOException;

    /** Says that no more follow. */
    void end(RowBatch noRows) throws IOException;
}
