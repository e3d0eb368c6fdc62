// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** What becomes of a column that rows show and the dataset does not have. */
public enum UnknownColumns {
    /** It becomes a column of the dataset. */
    ADD,
    /** The request is refused. */
    REJECT,
    /** Its values are left out. */
    DROP
}
