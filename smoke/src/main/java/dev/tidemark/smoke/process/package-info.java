// SPDX-License-Identifier: Apache-2.0
/**
 * The product as a user has it: the distribution, its daemon, its commands, its HTTP.
 *
 * <p>Start at {@link dev.tidemark.smoke.process.DaemonProcess}. Nothing here waits by sleeping and every process that is
 * started is ended by whoever started it.
 */
@NullMarked
package dev.tidemark.smoke.process;

import org.jspecify.annotations.NullMarked;
