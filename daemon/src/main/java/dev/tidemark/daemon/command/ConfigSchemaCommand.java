// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.config.ConfigSchema;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code config schema}: what the files may say, as JSON Schema. */
@Command(
        name = "schema",
        description = "Prints the JSON Schema of tidemark.yaml; that of a sink's file is its definition \"sink\".")
final class ConfigSchemaCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    @SuppressWarnings("unused") // It is taken, and that is all.
    private AlwaysJson json = new AlwaysJson();

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
