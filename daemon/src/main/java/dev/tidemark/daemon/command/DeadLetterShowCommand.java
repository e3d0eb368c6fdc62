// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code dead-letter show}: rows that a destination never took, with their values and what it answered. */
@Command(name = "show", description = "Shows rows that a destination never took, with values and answer.")
final class DeadLetterShowCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(index = "0", paramLabel = "SINK", description = "the sink")
    private String sink = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "ID", description = "as list has them")
    private List<Long> ids = new ArrayList<>();

    @Mixin
    @SuppressWarnings("unused") // It is taken, and that is all.
    private AlwaysJson json = new AlwaysJson();

    DeadLetterShowCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        List<Long> missing = new ArrayList<>(ids);
        new DeadLetterPages(tidemark.daemon(), sink).forEach(letter -> {
            if (missing.remove(letter.path("id").longValue())) {
                console.out().println(letter.toPrettyString());
            }
        });
        if (!missing.isEmpty()) {
            throw new CommandException(
                    CommandException.CHECK_FAILED, sink + " has no dead letter " + missing.getFirst());
        }
        return 0;
    }
}
