// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;

/**
 * A dataset's table is not what the last flush made of it, and nothing more is written to it.
 *
 * <p>What is there stays readable, and what is not yet in the table stays in the spool. It ends by itself when the table
 * is again what it was.
 */
public final class FencedException extends IOException {
    private static final long serialVersionUID = 1L;

    public FencedException(String dataset, String reason) {
        super("the table of " + dataset + " is fenced: " + reason);
    }
}
