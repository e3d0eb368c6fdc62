// SPDX-License-Identifier: Apache-2.0
/**
 * How a request is refused: one exception, one record, one list of slugs.
 *
 * <p>Start at {@link dev.tidemark.daemon.http.problem.Problem}. Whoever finds that a request is wrong throws a
 * {@link dev.tidemark.daemon.http.problem.RefusedException}; nobody but the binding of the server turns it into bytes.
 * A refusal never quotes the content of a row: it names the line, the row and the column.
 */
@NullMarked
package dev.tidemark.daemon.http.problem;

import org.jspecify.annotations.NullMarked;
