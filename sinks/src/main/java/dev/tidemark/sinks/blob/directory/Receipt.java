// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.directory;

import dev.tidemark.sinks.blob.ObjectFacts;

/**
 * One line of a folder's receipts.
 *
 * @param object the file's name
 * @param sha256 of the file's bytes
 * @param digest over the rows' logical values
 */
record Receipt(
        String object,
        String intent,
        long since,
        long through,
        long rows,
        long bytes,
        String sha256,
        String digest,
        String origin,
        String at) {
    /** Whether these are the rows, or the very promise, that the facts speak of. */
    boolean speaksOf(ObjectFacts facts) {
        return intent.equals(facts.intent()) || (rows == facts.rows() && digest.equals(facts.digest()));
    }
}
