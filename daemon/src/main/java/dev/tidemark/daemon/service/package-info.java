// SPDX-License-Identifier: Apache-2.0
/**
 * What a service manager says to a daemon, and what it wants to hear from it.
 *
 * <p>Nothing here knows rows. Without a service manager all of it is silent.
 */
@NullMarked
package dev.tidemark.daemon.service;

import org.jspecify.annotations.NullMarked;
