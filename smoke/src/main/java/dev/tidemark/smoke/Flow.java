// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import java.io.IOException;

/** A short story about the product that ends in a proof. */
public interface Flow {
    /** What it is called on the command line. */
    String name();

    /** One sentence: what is true of the product when this passes. */
    String proves();

    /**
     * Plays it.
     *
     * @return what was counted, as {@code key=value} words
     * @throws BrokenPromise when the product does not keep a promise
     */
    String run(Stage stage) throws IOException, InterruptedException;
}
