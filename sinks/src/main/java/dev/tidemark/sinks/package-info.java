// SPDX-License-Identifier: Apache-2.0
/**
 * The door of the sinks: where rows go, each exactly once.
 *
 * <p>Start at {@link dev.tidemark.sinks.Sinks}, which the daemon opens, ticks and asks for states. Behind it each
 * instance is a {@code SinkLoop}: it fixes a unit of rows, makes the <em>intent</em> to send it durable, delivers it
 * through a {@link dev.tidemark.sinks.Sink}, notes the delivery and moves the <em>watermark</em>. Whatever is
 * interrupted goes on from the {@code SinkJournal}; what an instance once began with is in the {@code SinkRegister}.
 *
 * <p>Nothing here may send a byte whose intent is not durable, move a watermark ahead of a delivery, or take a sink
 * whose progress is lost for a new one.
 */
@NullMarked
package dev.tidemark.sinks;

import org.jspecify.annotations.NullMarked;
