// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http.problem;

/** The request was wrong, or there is no room for it; nothing of it was stored. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    RefusedException(Problem problem) {
        // Refusals are ordinary and many: they carry no stack.
        super(problem.slug().word() + ": " + problem.detail(), null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
