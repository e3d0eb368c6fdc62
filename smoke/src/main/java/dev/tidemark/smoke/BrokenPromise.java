// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;

/** The product did not do what it promises; the message says what was seen. */
public final class BrokenPromise extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BrokenPromise(String message) {
        super(message);
    }

    /** Throws unless {@code kept}. */
    @FormatMethod
    public static void unless(boolean kept, @FormatString String message, Object... values) {
        if (!kept) {
            throw new BrokenPromise(String.format(message, values));
        }
    }
}
