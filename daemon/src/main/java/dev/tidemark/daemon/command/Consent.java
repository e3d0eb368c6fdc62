// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.util.Objects;

/** Asks before something cannot be taken back. */
final class Consent {
    private Consent() {}

    /** Goes on when the command line says so, or somebody at a terminal. */
    static void require(boolean given, String what) throws CommandException {
        if (given) {
            return;
        }
        var terminal = Objects.requireNonNull(System.console());
        if (!terminal.isTerminal()) {
            throw new CommandException(CommandException.USAGE, "to " + what + ", say --yes");
        }
        String answer = terminal.readLine("%s? [y/N] ", what);
        if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
            throw new CommandException(CommandException.CHECK_FAILED, "nothing was done");
        }
    }
}
