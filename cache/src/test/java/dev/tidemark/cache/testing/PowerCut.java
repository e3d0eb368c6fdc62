// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

/**
 * The process is gone: the disk answers nothing else from here on.
 *
 * <p>An error, because the code under test must have no chance to handle its own death.
 */
public final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;

    PowerCut(long operation) {
        super("the process ended in disk operation " + operation);
    }
}
