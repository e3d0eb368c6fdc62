// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The directories of the sinks of one cache, as they lie on disk: one for each instance, beside the register.
 *
 * <p>{@code journal} is its progress, {@code letters} holds the rows that were never taken, and {@code tmp} is rubbish
 * between passes.
 */
record SinkHomes(Path directory, DurableFiles files) {
    static final String REGISTER = "register";
    static final String JOURNAL = "journal";
    private static final String SPILLS = "tmp";
    private static final String LETTERS = "letters";

    Path register() {
        return directory.resolve(REGISTER);
    }

    /** The instance's own directory, which no renaming moves. */
    Path home(Registration registration) {
        return directory.resolve(registration.instance());
    }

    Path spills(Registration registration) {
        return home(registration).resolve(SPILLS);
    }

    Path letters(Registration registration) {
        return home(registration).resolve(LETTERS);
    }

    /** What an instance that does not run has written down; empty when there is nothing that can be trusted. */
    Optional<Ledger> progress(Registration registration) throws IOException {
        Path journal = home(registration).resolve(JOURNAL);
        return files.exists(journal) ? SinkJournal.read(journal, files) : Optional.empty();
    }

    /** Removes what is left of an instance that was removed. */
    void clear(String instance) throws IOException {
        Path home = directory.resolve(instance);
        for (Path one : files.list(home)) {
            if (one.endsWith(SPILLS) || one.endsWith(LETTERS)) {
                for (Path each : files.list(one)) {
                    files.disk().delete(each);
                }
            }
            files.disk().delete(one);
        }
        if (files.exists(home)) {
            files.delete(home);
        }
    }

    /** The highest sequence that any instance ever promised or began at. */
    Sequence highestPromise() throws IOException {
        Sequence highest = SinkRegister.read(register(), files).highest();
        for (Path home : files.list(directory)) {
            Path journal = home.resolve(JOURNAL);
            if (files.exists(journal)) {
                Sequence promised = promised(journal);
                highest = Sequence.max(promised, highest);
            }
        }
        return highest;
    }

    private Sequence promised(Path journal) throws IOException {
        try {
            return JournalFormat.scan(journal, files.readAll(journal)).highest();
        } catch (StateException newer) {
            // Its sink halts and says so; what it promised is a row of this cache, which has its own floor.
            return Sequence.NONE;
        }
    }

    /**
     * Copies them into a backup: the register first, so that it knows no sink whose journal is not copied after it, and
     * each journal before what it speaks of.
     */
    void copy(Path target, FileCopies copies) throws IOException {
        if (!files.exists(register())) {
            return;
        }
        SinkHomes copy = new SinkHomes(target, files);
        copies.write(copy.register(), files.readAll(register()));
        for (Registration registration : SinkRegister.read(register(), files).all()) {
            Path from = home(registration);
            Path to = copy.home(registration);
            if (files.exists(from.resolve(JOURNAL))) {
                copies.copy(from.resolve(JOURNAL), to.resolve(JOURNAL));
            }
            for (Path file : files.list(from)) {
                String name = file.getFileName().toString();
                if (!name.equals(JOURNAL) && !name.equals(SPILLS) && !name.endsWith(".new")) {
                    copies.copyAll(file, to.resolve(name));
                }
            }
        }
    }
}
