// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code version}: which Tidemark this is. */
@Command(name = "version", description = "Says which Tidemark this is.")
final class VersionCommand implements Callable<Integer> {
    private final Console console;

    VersionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().println("tidemark " + Version.current());
        return 0;
    }
}
