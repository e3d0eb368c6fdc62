// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

/** A verb could not do what was asked; the message says why, and the exit code of what kind it was. */
public final class CommandException extends Exception {
    static final int CHECK_FAILED = 1;
    static final int USAGE = 64;
    static final int NO_DAEMON = 69;
    static final int INPUT_OUTPUT = 74;
    static final int TRY_AGAIN = 75;
    static final int PERMISSION = 77;
    static final int CONFIGURATION = 78;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    CommandException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
