// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a verb writes.
 *
 * @param out data, and nothing else
 * @param talk everything that is said to a person
 */
public record Console(PrintWriter out, PrintWriter talk) {
    /** The process's own; UTF-8 whatever the locale says, because rows are. */
    public static Console ofProcess() {
        return new Console(writer(FileDescriptor.out), writer(FileDescriptor.err));
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }
}
