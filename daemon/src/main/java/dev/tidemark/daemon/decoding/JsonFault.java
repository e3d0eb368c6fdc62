// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

/** A text is not a row in JSON, or one beyond a limit. Where, the {@link JsonRow} knows that threw it. */
final class JsonFault extends Exception {
    private static final long serialVersionUID = 1L;

    private final What what;

    /** What is wrong. */
    enum What {
        BROKEN,
        NO_OBJECT,
        /** A value is nested more deeply than {@link JsonRow#DEPTH_MAX}. */
        TOO_DEEP,
        NUMBER_TOO_LONG
    }

    JsonFault(What what) {
        super(what.name(), null, false, false);
        this.what = what;
    }

    What what() {
        return what;
    }
}
