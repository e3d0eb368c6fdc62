// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

/** How a request came in. */
enum Entrance {
    /** From anybody on this host. */
    TCP,
    /** From whoever the file system lets connect. */
    SOCKET
}
