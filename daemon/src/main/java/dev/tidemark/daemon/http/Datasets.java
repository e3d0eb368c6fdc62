// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;

/** Finds the dataset that a path names. */
final class Datasets {
    /** The name of the path segment. */
    static final String SEGMENT = "ds";

    private Datasets() {}

    /** The name in the path, whether or not there is such a dataset. */
    static String name(Request request) throws RefusedException {
        String name = request.segment(SEGMENT);
        if (!Dataset.isName(name)) {
            throw Problem.of(Slug.BAD_NAME, "a dataset's name is [a-z][a-z0-9_]{0,62}")
                    .refused();
        }
        return name;
    }

    static Dataset existing(Cache cache, Request request) throws RefusedException {
        String name = name(request);
        return cache.dataset(name).orElseThrow(() -> unknown("no row of " + name + " has arrived yet"));
    }

    static RefusedException unknown(String detail) {
        return Problem.of(Slug.UNKNOWN_DATASET, detail).refused();
    }
}
