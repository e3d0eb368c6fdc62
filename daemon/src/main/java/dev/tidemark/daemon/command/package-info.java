// SPDX-License-Identifier: Apache-2.0
/**
 * What an operator types: one class a verb.
 *
 * <p>Start at {@link dev.tidemark.daemon.command.TidemarkCommand}. A verb that needs the daemon asks it over HTTP, at
 * the socket or the address that the data directory names; none opens the data directory beside it. Data goes to stdout,
 * talk to stderr. A verb that is not built is not there.
 */
@NullMarked
package dev.tidemark.daemon.command;

import org.jspecify.annotations.NullMarked;
