// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** A verb on a sink that cannot be done as it was asked; nothing was changed. */
public final class SinkVerbException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    public SinkVerbException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** Why not. */
    public enum Kind {
        UNKNOWN,
        IN_USE,
        PAUSED,
        HALTED,
        NOT_FOUND,
        BAD
    }

    public Kind kind() {
        return kind;
    }
}
