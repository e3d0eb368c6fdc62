// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures one family and prints each figure beside its bar; it passes no verdict. */
@Command(name = "bench", description = "Measures one family, each figure beside its peer or bound.")
public final class BenchCommand implements Callable<Integer> {
    private static final int ROUNDS_MIN = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FAMILY", description = "store")
    private String name = "";

    @Option(names = "--json", description = "the figures as one JSON object")
    private boolean json;

    @Option(names = "--rows", defaultValue = "50000", description = "rows a round (${DEFAULT-VALUE})")
    private int rows;

    @Option(names = "--rounds", defaultValue = "5", description = "rounds that count, at least 5 (${DEFAULT-VALUE})")
    private int rounds;

    @Override
    public Integer call() throws IOException {
        if (rounds < ROUNDS_MIN) {
            throw wrong("--rounds is at least " + ROUNDS_MIN);
        }
        if (rows < StoreFamily.BATCH_ROWS) {
            throw wrong("--rows is at least " + StoreFamily.BATCH_ROWS);
        }
        try (Family family = family()) {
            System.err.println(family.name() + ": " + family.what());
            Bench bench = new Bench(family, rows, rounds);
            bench.run();
            if (json) {
                System.out.println(bench.json().toPrettyString());
            } else {
                bench.print(System.out);
            }
        }
        return 0;
    }

    private Family family() {
        if (name.equals(StoreFamily.NAME)) {
            return new StoreFamily();
        }
        throw wrong("no family is called " + name + "; there is: " + StoreFamily.NAME);
    }

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("picocli fills in the spec");
        }
        return new ParameterException(spec.commandLine(), message);
    }
}
