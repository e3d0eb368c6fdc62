// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: what a shell reads to complete verbs and options. */
@Command(name = "completion", description = "Prints what bash or zsh reads to complete verbs and options.")
final class CompletionCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls.
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "SHELL", description = "bash or zsh; the text is the same")
    private String shell = "bash";

    CompletionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandException {
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw new CommandException(CommandException.USAGE, "there is completion for bash and zsh");
        }
        CommandLine tidemark = spec.root().commandLine();
        console.out().println(AutoComplete.bash("tidemark", tidemark));
        return 0;
    }
}
