// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.CacheGlance;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Inspection;
import dev.tidemark.cache.Life;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the sinks' own files say, read as they lie; changes nothing (LLP 0012).
 *
 * <p>It is read before the cache is, so that whatever was delivered by then is in the cache's rows.
 */
public final class SinkExamination {
    private final Inspection state = new Inspection("I18", "sink state files");
    private final Map<String, Ledger> ledgers = new LinkedHashMap<>();
    private final List<Registration> registrations = new ArrayList<>();
    private @Nullable SinkRegister register;

    SinkExamination(SinkHomes homes) throws IOException {
        DurableFiles files = homes.files();
        state.examined(1);
        try {
            SinkRegister read = SinkRegister.read(homes.register(), files);
            registrations.addAll(read.all());
            register = read;
            read.damage().ifPresent(state::wrong);
        } catch (IOException e) {
            state.wrong(String.valueOf(e.getMessage()));
        }
        Set<String> known = registrations.stream().map(Registration::instance).collect(Collectors.toSet());
        for (Registration registration : registrations) {
            Path home = homes.home(registration);
            if (!files.exists(home.resolve(SinkHomes.JOURNAL))) {
                state.wrong(home + ": the journal of a registered sink is missing");
            }
        }
        for (Path home : files.list(homes.directory())) {
            Path journal = home.resolve(SinkHomes.JOURNAL);
            if (files.exists(journal)) {
                String sink = home.getFileName().toString();
                Ledger ledger = read(journal, files.readAll(journal));
                ledgers.put(sink, ledger);
                if (!known.contains(sink) && !ledger.isEmpty()) {
                    state.wrong(journal + ": the register does not know this progress");
                }
            }
        }
    }

    private Ledger read(Path journal, byte[] content) {
        Ledger ledger = new Ledger();
        state.examined(1);
        try {
            JournalFormat.Scan scan = JournalFormat.scan(journal, content);
            scan.damage().ifPresent(what -> state.wrong(journal + ": " + what));
            scan.tornAt()
                    .ifPresent(at -> state.note(
                            journal + " at byte " + at + ": an entry that nobody acted on; the next start cuts it"));
            for (JournalRecord record : scan.records()) {
                ledger.apply(record);
            }
        } catch (IOException | IllegalArgumentException e) {
            state.wrong(journal + ": " + e.getMessage());
        }
        return ledger;
    }

    /**
     * How every registered sink stands with the rows that are there, as far as that is written down: not whether a daemon
     * would find something wrong with it, and not since when rows wait.
     */
    public List<SinkState> states(CacheGlance cache, InstantSource clock) {
        SinkRegister known = register;
        return known == null
                ? List.of()
                : registrations.stream()
                        .map(each -> state(each, known, cache, clock))
                        .toList();
    }

    private SinkState state(Registration registration, SinkRegister known, CacheGlance cache, InstantSource clock) {
        Ledger ledger = ledgers.getOrDefault(registration.instance(), new Ledger());
        return new RegisteredSink(registration).state(ledger, new GlancedRows(cache), known, clock);
    }

    /** What is wrong with the files themselves; empty when nothing is. */
    public List<String> damages() {
        return state.done().ok() ? List.of() : state.done().findings();
    }

    /** The lives that destinations were told last, as far as the journals know. */
    public Set<String> livesTold() {
        return ledgers.values().stream()
                .flatMap(ledger -> ledger.claimant().stream())
                .collect(Collectors.toSet());
    }

    /** Holds all of it against what the cache has. */
    public List<Check> against(Verification cache) {
        Inspection marks = new Inspection("I7", "marks");
        Inspection lives = new Inspection("I19", "sink lives");
        Set<String> own = cache.lives().stream().map(Life::life).collect(Collectors.toSet());
        for (Registration registration : registrations) {
            for (Birth birth : registration.births()) {
                marks.examined(1);
                require(marks, registration.sink() + ": its birth in " + birth.dataset(), birth.highest(), cache);
            }
        }
        ledgers.forEach((sink, ledger) -> {
            ledger.standings().forEach((track, standing) -> {
                marks.examined(1);
                Sequence promised = new Sequence(standing.promised().sequence());
                require(marks, sink + ": what it promised of " + track, promised, cache);
            });
            lives.examined(1);
            ledger.claimant()
                    .filter(life -> !own.contains(life))
                    .ifPresent(life -> lives.wrong(
                            sink + ": it told its destination of life " + life + ", which is none of this cache's"));
        });
        return List.of(state.done(), marks.done(), lives.done());
    }

    /** What this copy took from a destination after it was restored lies below the first number of its next life. */
    private static void require(Inspection marks, String what, Sequence position, Verification cache) {
        long given = cache.lives().stream()
                .mapToLong(life -> life.first().value() - 1)
                .max()
                .orElse(0);
        if (position.isAfter(cache.horizon()) && position.value() > given) {
            marks.wrong(what + " is at " + position + ", and the newest row is " + cache.horizon());
        }
    }
}
