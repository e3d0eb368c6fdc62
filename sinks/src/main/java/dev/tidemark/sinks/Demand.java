// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** How much of what waits a pass delivers. */
enum Demand {
    /** What is due by the limits. */
    DUE,
    /** Everything. */
    ALL
}
