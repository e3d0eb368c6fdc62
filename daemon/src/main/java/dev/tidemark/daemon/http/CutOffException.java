// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.IOException;

/** The other side went away before its request had arrived. */
final class CutOffException extends IOException {
    private static final long serialVersionUID = 1L;

    CutOffException(Throwable cause) {
        super("the request was cut off", cause);
    }
}
