// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** Where a sink's rows go. */
public sealed interface Destination
        permits DirectoryDestination, ForwardDestination, IcebergDestination, S3Destination {
    /** When the waiting rows of a partition are a unit, and how big that can get. */
    ObjectLimits limits();

    /** Bytes a second; 0: as fast as it goes. */
    long rate();

    /** How much a watermark passes over at most in one move, where it moves at the end of a pass. */
    default PassLimits pass() {
        return PassLimits.DEFAULT;
    }
}
