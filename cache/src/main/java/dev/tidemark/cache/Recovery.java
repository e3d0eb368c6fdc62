// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.SpoolExamination;
import dev.tidemark.cache.spool.SpoolHold;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Makes a copy of a data directory fit to go on: in place of the cache that was lost, or beside it (I19, LLP 0012).
 *
 * <p>While it is at work the directory opens for nobody else, and after a crash it is done again. Whoever recovers owns
 * the directory's lock.
 */
public final class Recovery {
    private final Path directory;
    private final DurableFiles files;
    private final Identity identity;

    private Recovery(Path directory, DurableFiles files, Identity identity) {
        this.directory = directory;
        this.files = files;
        this.identity = identity;
    }

    /** What others in the data directory do before the copy may be opened; done twice, it is done once. */
    @FunctionalInterface
    public interface Part {
        void recover() throws IOException;
    }

    /**
     * Reads what a copy says of itself, and changes nothing.
     *
     * @throws CorruptDataException when it is none, or was never finished
     */
    public static Recovery of(Path directory, DurableFiles files) throws IOException {
        boolean isBackup = BackupMark.isOn(directory, files);
        if (isBackup && !BackupMark.read(directory, files).isWhole()) {
            throw new CorruptDataException(
                    directory.resolve("backup"), 0, "this backup was never finished: take another one");
        }
        if (!files.exists(directory.resolve("identity"))) {
            throw new CorruptDataException(directory.resolve("identity"), 0, "it is missing: there is no cache");
        }
        return new Recovery(directory, files, Identity.read(files, directory));
    }

    public String incarnation() {
        return identity.incarnation();
    }

    /** Every life that this copy knows of, oldest first. */
    public List<Life> lives() {
        return identity.lives();
    }

    /** This copy goes on as the cache that it was; what the lost one gave since is above nothing that this one gives. */
    public void restored(Part others, Instant now) throws IOException {
        begin(now);
        others.recover();
        end();
    }

    /** This copy becomes a cache of its own, which has the rows that it has in common with the one that it was. */
    public void cloned(Part others, Instant now) throws IOException {
        begin(now);
        others.recover();
        SpoolHold log = SpoolHold.ofDirectory(files, directory.resolve("spool"));
        identity.fork(new SpoolExamination(files, directory.resolve("quarantine"), log, Map.of())
                .run()
                .horizon());
        end();
    }

    private void begin(Instant now) throws IOException {
        // A copy that was made by other means has none.
        // durable: I19 recovery.begin
        BackupMark.whole(now).write(directory, files);
    }

    private void end() throws IOException {
        BackupMark.remove(directory, files);
    }
}
