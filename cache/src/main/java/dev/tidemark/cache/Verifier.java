// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.SpoolExamination;
import dev.tidemark.cache.spool.SpoolHold;
import dev.tidemark.cache.table.FileSweep;
import dev.tidemark.cache.table.TableExamination;
import dev.tidemark.cache.table.TableInspections;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds a data directory against itself and changes nothing (LLP 0012).
 *
 * <p>The order makes it one view: the log is held, then each table says through where it has rows, and then the log is
 * read to where it is durable by then. The log is let go before the tables' files are read, so that it does not grow for
 * as long as that takes.
 */
final class Verifier {
    private final Path directory;
    private final DurableFiles files;
    private final Instant now;
    private final Function<String, @Nullable FileSweep> sweeps;

    /** @param sweeps of the datasets that are open */
    Verifier(Path directory, DurableFiles files, Instant now, Function<String, @Nullable FileSweep> sweeps) {
        this.directory = directory;
        this.files = files;
        this.now = now;
        this.sweeps = sweeps;
    }

    Verification run(SpoolHold held) throws IOException {
        TableInspections found = new TableInspections();
        Map<String, TableExamination> tables = new TreeMap<>();
        Map<String, Sequence> flushed = new HashMap<>();
        SpoolExamination.Report spool;
        try (held) {
            for (Path location : files.list(directory.resolve("tables"))) {
                String dataset = location.getFileName().toString();
                TableExamination table = new TableExamination(files, location, found, sweeps.apply(dataset));
                tables.put(dataset, table);
                flushed.put(dataset, table.flushedThrough());
            }
            spool = new SpoolExamination(files, directory.resolve("quarantine"), held, flushed).run();
        }
        List<Check> checks = new ArrayList<>();
        List<Life> lives = new ArrayList<>();
        checks.add(identity(lives));
        checks.addAll(spool.checks());
        Map<String, OptionalLong> inTable = new HashMap<>();
        Map<String, Long> removed = new HashMap<>();
        for (Map.Entry<String, TableExamination> each : tables.entrySet()) {
            inTable.put(each.getKey(), each.getValue().run(now));
            removed.put(each.getKey(), each.getValue().removed());
        }
        checks.addAll(found.done());
        checks.add(conservation(spool.accounts(), inTable, removed));
        return new Verification(checks, spool.horizon(), lives);
    }

    private Check identity(List<Life> lives) {
        Inspection state = new Inspection("I18", "cache state files");
        state.examined(2);
        try {
            lives.addAll(Identity.read(files, directory).lives());
        } catch (IOException e) {
            state.wrong(String.valueOf(e.getMessage()));
        }
        return state.done();
    }

    private static Check conservation(
            Map<String, SpoolExamination.Account> accounts,
            Map<String, OptionalLong> inTable,
            Map<String, Long> removed) {
        Inspection conservation = new Inspection("I16", "conservation");
        accounts.forEach((dataset, account) -> {
            conservation.examined(account.accepted());
            long gone = removed.getOrDefault(dataset, 0L);
            OptionalLong rows = inTable.getOrDefault(dataset, OptionalLong.of(0));
            if (rows.isEmpty()) {
                conservation.note(dataset + ": its table cannot be counted");
            } else if (account.accepted() != account.unflushed() + rows.getAsLong() + account.damaged() + gone) {
                conservation.wrong(dataset + ": of " + account.accepted() + " accepted rows " + account.unflushed()
                        + " are in the spool, " + rows.getAsLong() + " in the table, " + gone + " were removed, and "
                        + account.damaged() + " are known to be lost");
            }
        });
        inTable.forEach((dataset, rows) -> {
            if (!accounts.containsKey(dataset) && rows.orElse(1) > 0) {
                conservation.wrong(dataset + ": it has a table, and the spool has never heard of it");
            }
        });
        return conservation.done();
    }
}
