// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pass knows and the journal hears at its next sync: many facts in one write.
 *
 * <p>A fact here may be lost in a crash. So a note may rest here, because the destination can tell; a promise leaves
 * for the journal before its unit does.
 */
final class Drafts {
    private final SinkJournal journal;
    private final List<JournalRecord> records = new ArrayList<>();
    private final Map<Track, Standing> standings = new HashMap<>();

    Drafts(SinkJournal journal) {
        this.journal = journal;
    }

    /** How the track stands with what is drafted; null when nothing was ever said of it. */
    @Nullable
    Standing standing(Track track) {
        Standing drafted = standings.get(track);
        return drafted != null ? drafted : journal.ledger().standing(track).orElse(null);
    }

    void add(JournalRecord record) {
        Track track = Ledger.trackOf(record);
        if (track != null) {
            standings.put(track, Ledger.after(record, standing(track)));
        }
        records.add(record);
    }

    /** Rows that are parked and not yet in the journal. */
    List<Letter> letters() {
        List<Letter> parked = new ArrayList<>();
        for (JournalRecord record : records) {
            if (record instanceof JournalRecord.Parked one) {
                parked.add(one.letter());
            }
        }
        return parked;
    }

    /** Makes durable what was added; after a failure none of it counts. */
    void sync() throws IOException {
        List<JournalRecord> all = List.copyOf(records);
        forget();
        journal.append(all);
    }

    void forget() {
        records.clear();
        standings.clear();
    }
}
