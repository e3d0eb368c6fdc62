// SPDX-License-Identifier: Apache-2.0
/**
 * What the daemon answers over HTTP: one class per route.
 *
 * <p>Start at {@link dev.tidemark.daemon.http.Route}: a route sees a {@link dev.tidemark.daemon.http.Request} and gives an
 * {@link dev.tidemark.daemon.http.Answer}, and knows nothing of the server. {@link dev.tidemark.daemon.http.HttpServer} is
 * the only class that does; whatever replaces the server replaces that class.
 *
 * <p>A request is refused with a problem and nothing of it is stored; rows are answered 200 only when the cache says
 * that they are durable. Bodies and pages are held in memory within one {@link dev.tidemark.daemon.http.HeapBudget}.
 * No content of a row is ever logged.
 */
@NullMarked
package dev.tidemark.daemon.http;

import org.jspecify.annotations.NullMarked;
