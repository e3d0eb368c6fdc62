// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code version}: which Tidemark this is. */
@Command(name = "version", description = "Says which Tidemark this is.")
final class VersionCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    VersionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().println(json ? "{\"version\":\"" + Version.current() + "\"}" : "tidemark " + Version.current());
        return 0;
    }
}
