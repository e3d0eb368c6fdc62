// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import dev.tidemark.daemon.status.Status.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What became of each dataset's last round of upkeep. */
@FunctionalInterface
public interface UpkeepBook {
    /** Nothing for a dataset that was not looked after yet. */
    Optional<Note> of(String dataset);

    /**
     * One round.
     *
     * @param outcome how its compaction ended, or {@code error}
     * @param why what was decided and what failed, a sentence each
     * @param heldRows rows that would have gone
     * @param heldBy who keeps them
     */
    record Note(Instant at, String outcome, List<String> why, long heldRows, List<String> heldBy) {
        public Note {
            why = List.copyOf(why);
            heldBy = List.copyOf(heldBy);
        }
    }

    /** Why a dataset is not as it is meant to be. */
    default List<Reason> reasons(String dataset, Optional<String> refusal) {
        List<Reason> reasons = new ArrayList<>();
        refusal.ifPresent(why -> reasons.add(new Reason(
                "quota",
                "rows are refused: " + why,
                of(dataset).map(Note::at).orElse(null),
                "let the sinks that hold them deliver, raise datasets." + dataset
                        + ".retention.bytes, or set over_quota: drop_oldest; rows are taken again by themselves")));
        of(dataset)
                .filter(note -> note.heldRows() > 0)
                .ifPresent(note -> reasons.add(new Reason(
                        "held-rows",
                        dataset + ": " + note.heldRows() + " rows are to go and are held by "
                                + String.join(", ", note.heldBy()),
                        note.at(),
                        "let these deliver, end a hold with tidemark sink remove, or change datasets." + dataset
                                + ".retention.hold_for")));
        return reasons;
    }
}
