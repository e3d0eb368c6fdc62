// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

/** How a request came in, which decides what it may ask for. */
enum Entrance {
    /** From whoever reaches the address. */
    TCP,
    /** From whoever the file system lets connect. */
    SOCKET
}
