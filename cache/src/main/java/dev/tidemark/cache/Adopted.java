// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;

/**
 * What an adoption did.
 *
 * @param since the rows have the ordinals after this one
 * @param through and up to this one
 * @param linked files that are now a second name of the source's, or a copy where the disk gives none
 * @param rewritten files whose rows were written anew
 * @param leftOut columns of the source that have names of Tidemark's own
 */
public record Adopted(
        String dataset, long rows, long since, long through, int linked, int rewritten, List<String> leftOut) {
    public Adopted {
        leftOut = List.copyOf(leftOut);
    }
}
