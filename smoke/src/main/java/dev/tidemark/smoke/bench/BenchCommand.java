// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures one family, or all of the store, and prints each figure beside its bar; a miss is no failure. */
@Command(name = "bench", description = "Measures the store, each figure beside its peer or bound.")
public final class BenchCommand implements Callable<Integer> {
    private static final String STORE = "store";
    private static final Map<String, Making> FAMILIES = families();
    private static final int ROUNDS_MIN = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "FAMILY",
            description =
                    "store for all, or: append, producers, ingest, since, open, memory, partitions; and: sinks, drain, upkeep, lake, growth, peers, relay")
    private String name = "";

    @Option(names = "--json", description = "the figures as one JSON object")
    private boolean json;

    @Option(
            names = "--rows",
            defaultValue = "50000",
            description =
                    "rows a round of append, ingest, sinks, lake, peers and relay (${DEFAULT-VALUE}); of drain all; of growth the most of all, from 100000 on")
    private int rows;

    @Option(names = "--rounds", defaultValue = "5", description = "rounds that count, at least 5 (${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--into",
            paramLabel = "DIR",
            description = "writes each family's table there as FAMILY.md, and its picture as FAMILY.svg")
    private @Nullable Path into;

    /** Makes a family when its turn has come: some hold much. */
    private interface Making {
        Family make() throws IOException;
    }

    private static Map<String, Making> families() {
        Map<String, Making> families = new LinkedHashMap<>();
        families.put(AppendFamily.NAME, AppendFamily::new);
        families.put(ProducersFamily.NAME, ProducersFamily::new);
        families.put(IngestFamily.NAME, IngestFamily::new);
        families.put(SinceFamily.NAME, SinceFamily::new);
        families.put(OpenFamily.NAME, OpenFamily::new);
        families.put(MemoryFamily.NAME, MemoryFamily::new);
        families.put(UpkeepFamily.NAME, UpkeepFamily::new);
        families.put(PartitionsFamily.NAME, PartitionsFamily::new);
        families.put(SinksFamily.NAME, SinksFamily::new);
        families.put(DrainFamily.NAME, DrainFamily::new);
        families.put(GrowthFamily.NAME, GrowthFamily::new);
        families.put(LakeFamily.NAME, LakeFamily::new);
        families.put(PeersFamily.NAME, PeersFamily::new);
        families.put(RelayFamily.NAME, RelayFamily::new);
        return families;
    }

    @Override
    public Integer call() throws IOException {
        if (rounds < ROUNDS_MIN) {
            throw wrong("--rounds is at least " + ROUNDS_MIN);
        }
        if (rows < AppendFamily.BATCH_ROWS) {
            throw wrong("--rows is at least " + AppendFamily.BATCH_ROWS);
        }
        ObjectNode report = new JsonMapper().createObjectNode();
        ArrayNode reports = report.putArray("families");
        for (String each : chosen()) {
            try (Family family = Objects.requireNonNull(FAMILIES.get(each)).make()) {
                System.err.println(family.name() + ": " + family.what());
                Bench bench = new Bench(family, rows, rounds);
                bench.run();
                reports.add(bench.json());
                if (into != null) {
                    bench.writeTo(into);
                }
                if (!json) {
                    bench.print(System.out);
                }
            }
        }
        if (json) {
            System.out.println(report.toPrettyString());
        }
        return 0;
    }

    private List<String> chosen() {
        if (name.equals(STORE)) {
            return FAMILIES.keySet().stream()
                    .filter(each -> !List.of(
                                    SinksFamily.NAME,
                                    DrainFamily.NAME,
                                    UpkeepFamily.NAME,
                                    LakeFamily.NAME,
                                    GrowthFamily.NAME,
                                    PeersFamily.NAME,
                                    RelayFamily.NAME)
                            .contains(each))
                    .toList();
        }
        if (FAMILIES.containsKey(name)) {
            return List.of(name);
        }
        throw wrong(
                "no family is called " + name + "; there is: " + STORE + ", " + String.join(", ", FAMILIES.keySet()));
    }

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("picocli fills in the spec");
        }
        return new ParameterException(spec.commandLine(), message);
    }
}
