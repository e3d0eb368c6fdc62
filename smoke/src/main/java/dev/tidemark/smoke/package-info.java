// SPDX-License-Identifier: Apache-2.0
/**
 * Does it work, seen from outside: real processes, real disks, kill -9, and a count of the rows.
 *
 * <p>Start at {@link dev.tidemark.smoke.Smoke}, the command line. A {@link dev.tidemark.smoke.Flow} is one short story that
 * ends in a proof; it plays on a {@link dev.tidemark.smoke.Stage}, which gives it a directory, a seed and processes and
 * clears all of them away. Nothing here may look inside the daemon's process: a flow knows what a user knows.
 */
@NullMarked
package dev.tidemark.smoke;

import org.jspecify.annotations.NullMarked;
