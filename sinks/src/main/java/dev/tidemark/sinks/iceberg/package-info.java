// SPDX-License-Identifier: Apache-2.0
/**
 * Rows as Iceberg tables, one for each dataset (LLP 0021).
 *
 * <p>{@link dev.tidemark.sinks.iceberg.IcebergSink} is the sink. One commit adds the files of a unit and says, in a property
 * of the table, how far this sink is there; that is what makes a row arrive once.
 *
 * <p>Nothing here deletes a file that some metadata may name.
 */
@NullMarked
package dev.tidemark.sinks.iceberg;

import org.jspecify.annotations.NullMarked;
