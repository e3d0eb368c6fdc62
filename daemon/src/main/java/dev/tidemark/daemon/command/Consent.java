// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.Console;

/** Asks before something cannot be taken back. */
final class Consent {
    private Consent() {}

    /** Goes on when the command line says so, or somebody at a terminal. */
    @SuppressWarnings("SystemConsoleNull") // It is null again since JDK 25, where nothing is a terminal.
    static void require(boolean given, String what) throws CommandException {
        if (given) {
            return;
        }
        Console terminal = System.console();
        if (terminal == null || !terminal.isTerminal()) {
            throw new CommandException(CommandException.USAGE, "to " + what + ", say --yes");
        }
        String answer = terminal.readLine("%s? [y/N] ", what);
        if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
            throw new CommandException(CommandException.CHECK_FAILED, "nothing was done");
        }
    }
}
