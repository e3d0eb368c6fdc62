// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

/** What a route lets its caller do, and so who may call it. */
enum Permission {
    /** Learn whether there is a daemon at all. */
    OPEN,
    /** Add rows. */
    INGEST,
    /** See rows, and how the daemon does. */
    READ,
    /** Make the daemon do something other than take rows. */
    ADMIN
}
