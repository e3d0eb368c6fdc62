// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.daemon.config.UpkeepSettings;
import dev.tidemark.daemon.http.Upkeeping;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks after one table after the other, by time and when somebody asks; two rounds never overlap. */
final class UpkeepRounds implements Upkeeping {
    private final Cache cache;
    private final Supplier<UpkeepSettings> settings;
    private final long fileSystemBytes;

    UpkeepRounds(Cache cache, Supplier<UpkeepSettings> settings, long fileSystemBytes) {
        this.cache = cache;
        this.settings = settings;
        this.fileSystemBytes = fileSystemBytes;
    }

    /** A dataset that cannot be looked after keeps no other from it, and is told at the end. */
    @Override
    public synchronized List<UpkeepReport> round(UpkeepOrder.Mode mode) throws IOException {
        List<UpkeepReport> reports = new ArrayList<>();
        IOException failure = null;
        UpkeepSettings now = settings.get();
        for (Dataset dataset : cache.datasets()) {
            String name = dataset.name();
            try {
                reports.add(cache.upkeep(new UpkeepOrder(
                        name, now.ruleOf(name, fileSystemBytes), now.limits(), mode)));
            } catch (IOException e) {
                failure = joined(failure, new IOException("could not look after " + name + ": " + e.getMessage(), e));
            }
        }
        if (failure != null) {
            throw failure;
        }
        return reports;
    }

    private static IOException joined(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }
}
