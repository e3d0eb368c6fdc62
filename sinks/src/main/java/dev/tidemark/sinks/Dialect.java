// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.Locale;

/** What an HTTP endpoint understands of a unit. */
public enum Dialect {
    /** Origin, range, prior and life: it stores each row once, and says when it lost some. */
    TIDEMARK,
    /** Rows and an idempotency key, which it may honour or not. */
    PLAIN;

    /** The word that configuration, status and the register use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Dialect parse(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
