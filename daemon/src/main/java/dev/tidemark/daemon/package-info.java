// SPDX-License-Identifier: Apache-2.0
/**
 * The process: what is opened, in which order, and what happens by time.
 *
 * <p>Start at {@link dev.tidemark.daemon.Main}, which gives each verb to its class in {@code command}, and at
 * {@link dev.tidemark.daemon.Daemon}, which starts in order and stops in reverse. Everything that happens by time is a
 * named entry of the {@link dev.tidemark.daemon.Timetable}.
 *
 * <p>Nothing here knows what a row looks like, and nothing imports this package's parts from below.
 */
@NullMarked
package dev.tidemark.daemon;

import org.jspecify.annotations.NullMarked;
