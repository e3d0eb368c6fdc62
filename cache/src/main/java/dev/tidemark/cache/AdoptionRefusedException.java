// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.Serial;

/** Files were not adopted because of what they are; nothing of them is in the dataset. */
public final class AdoptionRefusedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String hint;

    /**
     * Says why.
     *
     * @param hint what to do about it
     */
    public AdoptionRefusedException(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    public String hint() {
        return hint;
    }
}
