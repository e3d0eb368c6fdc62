// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** What becomes of a request with a row that is not taken. */
public enum BadRows {
    /** It is refused, and nothing of it is stored. */
    REFUSE,
    /** Its other rows are stored; that one is parked with the reason. */
    QUARANTINE
}
