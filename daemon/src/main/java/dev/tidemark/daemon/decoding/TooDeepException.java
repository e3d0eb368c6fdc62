// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

/** A value is nested more deeply than {@link ValueReader#DEPTH_MAX}. */
final class TooDeepException extends Exception {
    private static final long serialVersionUID = 1L;

    TooDeepException() {
        super("too deep", null, false, false);
    }
}
