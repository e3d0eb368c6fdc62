// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.DirectoryLock.HeldException;
import dev.tidemark.cache.files.StateException;
import dev.tidemark.daemon.command.CommandException;
import dev.tidemark.daemon.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;

/** What the process says to whoever started it. */
final class ExitCode {
    static final int DONE = 0;
    static final int USAGE = 64;
    static final int CORRUPT = 65;
    static final int OUR_BUG = 70;
    static final int INPUT_OUTPUT = 74;
    static final int HELD = 75;
    static final int PERMISSION = 77;
    static final int CONFIGURATION = 78;

    private ExitCode() {}

    /** The code of the first cause that has one of its own. */
    static int of(Throwable thrown) {
        int found = OUR_BUG;
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            int code = switch (cause) {
                case CommandException failed -> failed.exitCode();
                case ConfigException wrong -> CONFIGURATION;
                case HeldException held -> HELD;
                case BindException taken -> HELD;
                case CorruptDataException corrupt -> CORRUPT;
                case StateException corrupt -> CORRUPT;
                case AccessDeniedException denied -> PERMISSION;
                case IOException failed -> INPUT_OUTPUT;
                case UncheckedIOException failed -> INPUT_OUTPUT;
                default -> OUR_BUG;
            };
            if (code != OUR_BUG && code != INPUT_OUTPUT) {
                return code;
            }
            if (code == INPUT_OUTPUT) {
                found = code;
            }
        }
        return found;
    }
}
