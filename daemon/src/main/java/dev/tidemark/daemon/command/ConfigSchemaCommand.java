// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.config.ConfigSchema;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code config schema}: what the files may say, as JSON Schema. */
@Command(
        name = "schema",
        description = "Prints the JSON Schema of tidemark.yaml; that of a sink's file is its definition \"sink\".")
final class ConfigSchemaCommand implements Callable<Integer> {
    private final Console console;

    ConfigSchemaCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out()
                .println(new ConfigSchema(TidemarkCommand.hostMemory()).schema().toPrettyString());
        return 0;
    }
}
