// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a verb writes.
 *
 * @param out data, and nothing else
 * @param talk everything that is said to a person
 * @param audience who reads the talk
 */
public record Console(PrintWriter out, PrintWriter talk, Audience audience) {
    /** Whether somebody looks while it is said. */
    public enum Audience {
        TERMINAL,
        LOG
    }

    /** One whose talk is read later, if ever. */
    public Console(PrintWriter out, PrintWriter talk) {
        this(out, talk, Audience.LOG);
    }

    /** The process's own; UTF-8 whatever the locale says, because rows are. */
    public static Console ofProcess() {
        return new Console(
                writer(FileDescriptor.out),
                writer(FileDescriptor.err),
                Terminal.hears() ? Audience.TERMINAL : Audience.LOG);
    }

    /** Asks whoever sits at the terminal; nobody does when there is none. */
    boolean agrees(String question) {
        Optional<java.io.Console> terminal =
                Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal);
        if (terminal.isEmpty()) {
            return false;
        }
        talk.print(question + " [y/N] ");
        talk.flush();
        String answer = terminal.get().readLine();
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }
}
