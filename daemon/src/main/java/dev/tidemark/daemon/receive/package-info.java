// SPDX-License-Identifier: Apache-2.0
/**
 * What a daemon checks of a unit that another one forwards, before anything of it is stored.
 *
 * <p>Start at {@code UnitHead}, which is what the request's headers say, then {@code UnitRows}, which holds the rows
 * against it. What was stored before is known to the cache alone, in the step that stores. The routes are in
 * {@code daemon.http}. LLP 0015 says why.
 */
@NullMarked
package dev.tidemark.daemon.receive;

import org.jspecify.annotations.NullMarked;
