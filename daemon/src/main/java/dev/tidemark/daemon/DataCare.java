// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.http.Care;
import dev.tidemark.daemon.http.Reloaded;
import dev.tidemark.sinks.SinkExamination;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.nio.file.Path;

/** Looks after the data directory of an open cache. What the sinks say is read first: see {@link SinkExamination}. */
record DataCare(Cache cache, DataDirectory data, DurableFiles files, Reloading reloading) implements Care {
    @Override
    public Reloaded reload() throws IOException {
        return reloading.reload();
    }

    @Override
    public Verification verify() throws IOException {
        SinkExamination sinks = Sinks.examine(data.sinks(), files);
        Verification found = cache.verify();
        return found.and(sinks.against(found));
    }

    @Override
    public void backup(Path target) throws IOException {
        cache.backup(target, Sinks.backupPart(files));
    }
}
