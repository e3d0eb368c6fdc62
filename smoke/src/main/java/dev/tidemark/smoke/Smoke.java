// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import dev.tidemark.smoke.bench.BenchCommand;
import dev.tidemark.smoke.flows.Flows;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.storm.SoakCommand;
import dev.tidemark.smoke.storm.StormCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line: {@code list}, {@code run}, {@code storm}, {@code soak} and {@code bench}.
 *
 * <p>Exits 0 when everything held, 1 when something did not, 64 when the command line is wrong.
 */
@Command(
        name = "smoke",
        description = "Does it work, from outside.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        subcommands = {Smoke.Listing.class, Smoke.Run.class, BenchCommand.class, StormCommand.class, SoakCommand.class})
public final class Smoke implements Callable<Integer> {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 64;

    @Spec
    private @Nullable CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(line().execute(arguments));
    }

    /** The command line, ready to be executed. */
    static CommandLine line() {
        CommandLine line = new CommandLine(new Smoke());
        line.setExitCodeExceptionMapper(e -> e instanceof ParameterException ? USAGE : FAILED);
        CommandLine.IParameterExceptionHandler byDefault = line.getParameterExceptionHandler();
        line.setParameterExceptionHandler((e, args) -> {
            byDefault.handleParseException(e, args);
            return USAGE;
        });
        return line;
    }

    @Override
    public Integer call() {
        throw new ParameterException(command(spec), "say what to do: list, run, storm, soak or bench");
    }

    private static CommandLine command(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("picocli fills in the spec");
        }
        return spec.commandLine();
    }

    /** Shows what there is. */
    @Command(name = "list", description = "Names every flow and what it proves.")
    static final class Listing implements Callable<Integer> {
        @Override
        public Integer call() {
            for (Flow flow : Flows.listed()) {
                System.out.printf(Locale.ROOT, "%-14s %s%n", flow.name(), flow.proves());
            }
            return OK;
        }
    }

    /** Plays flows one after the other. */
    @Command(name = "run", description = "Plays flows and says what was proven.")
    static final class Run implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(arity = "1..*", paramLabel = "NAME", description = "flows by name, or all")
        private List<String> names = new ArrayList<>();

        @Option(names = "--seed", description = "plays the same choices again")
        private @Nullable Long seed;

        @Option(names = "--json", description = "the results as one JSON array")
        private boolean json;

        @Option(names = "--keep", description = "keeps the directories of flows that held")
        private boolean keep;

        @Override
        public Integer call() throws IOException {
            List<Flow> flows = chosen();
            Distribution distribution = Distribution.find();
            if (!distribution.isBuilt()) {
                System.err.println("there is no distribution at " + distribution.home() + "; build it: mvn verify");
                return FAILED;
            }
            long start = seed == null ? new Random().nextLong() : seed;
            System.err.println("seed " + start);
            List<Play.Result> results = new ArrayList<>();
            for (Flow flow : flows) {
                System.err.println("playing " + flow.name());
                Play play = new Play(distribution, flow, keep ? Play.Scenery.KEPT : Play.Scenery.CLEARED);
                Play.Result result = play.run(start);
                if (!result.ok()) {
                    result.explain(System.err);
                }
                results.add(result);
            }
            Report report = new Report(
                    results, name -> Flows.named(name).map(Flow::proves).orElse(""), Distribution.commit());
            if (json) {
                System.out.println(report.json().toPrettyString());
            } else {
                System.out.print(report.table());
                System.out.print(report.page());
            }
            return results.stream().allMatch(Play.Result::ok) ? OK : FAILED;
        }

        private List<Flow> chosen() {
            if (names.equals(List.of("all"))) {
                return Flows.all();
            }
            List<Flow> flows = new ArrayList<>();
            for (String name : names) {
                Optional<Flow> flow = Flows.named(name);
                flows.add(flow.orElseThrow(
                        () -> new ParameterException(command(spec), "no flow is called " + name + "; see list")));
            }
            return flows;
        }
    }
}
