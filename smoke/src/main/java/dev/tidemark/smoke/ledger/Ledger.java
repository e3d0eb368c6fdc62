// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.ledger.Findings.Wrong;
import dev.tidemark.smoke.ledger.Submission.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Remembers every row that was sent and what was answered, and says what is wrong with the rows that are found.
 *
 * <p>A row is known by its column {@code id}. A request that got no answer is <em>in doubt</em>: its rows may be there,
 * all of them or none. {@link #settle} ends the doubt after a restart by looking. Thread-safe.
 */
public final class Ledger {
    public static final String ID = "id";

    private static final String HIDDEN = "_";

    private final List<Submission> submissions = new ArrayList<>();
    private final Map<String, Place> places = new HashMap<>();

    private record Place(Submission submission, int index) {}

    /** Enters rows before they are sent; until more is known they are in doubt. */
    public synchronized Submission enter(String dataset, List<JsonNode> rows) {
        Submission submission = new Submission(dataset, rows);
        for (int index = 0; index < rows.size(); index++) {
            String id = rows.get(index).path(ID).asText();
            Place before = places.put(id, new Place(submission, index));
            BrokenPromise.unless(before == null, "the harness gave the id %s twice", id);
        }
        submissions.add(submission);
        return submission;
    }

    public synchronized void acknowledge(Submission submission, long first, long last) {
        BrokenPromise.unless(
                last - first + 1 == submission.size() && first >= 1,
                "%d rows were acknowledged as %d to %d",
                submission.size(),
                first,
                last);
        BrokenPromise.unless(
                submission.state() != State.ACKNOWLEDGED || submission.sequence(0) == first,
                "what is at %d was sent again and acknowledged as %d",
                submission.sequence(0),
                first);
        submission.becomeAcknowledged(first);
    }

    /** The answer was that nothing of it is stored. */
    public synchronized void refuse(Submission submission) {
        submission.becomeAbsent();
    }

    public synchronized int acknowledgedRows() {
        return rowsIn(State.ACKNOWLEDGED);
    }

    public synchronized int acknowledgedRows(String dataset) {
        return submissions.stream()
                .filter(submission -> submission.state() == State.ACKNOWLEDGED)
                .filter(submission -> submission.dataset().equals(dataset))
                .mapToInt(Submission::size)
                .sum();
    }

    public synchronized int rowsInDoubt() {
        return rowsIn(State.IN_DOUBT);
    }

    private int rowsIn(State state) {
        return submissions.stream()
                .filter(submission -> submission.state() == state)
                .mapToInt(Submission::size)
                .sum();
    }

    /** Holds what was found, in the order in which it was found, against everything that was entered. */
    public synchronized Findings compare(List<SeenRow> found) {
        Findings findings = new Findings();
        Map<String, SeenRow> seen = new HashMap<>();
        Map<Long, String> owners = new HashMap<>();
        Map<String, Long> reached = new HashMap<>();
        for (SeenRow row : found) {
            String id = row.fields().path(ID).asText();
            Place place = places.get(id);
            if (place == null || place.submission.state() == State.ABSENT) {
                findings.add(Wrong.INVENTED, row.place() + ": " + row.fields());
                continue;
            }
            if (seen.put(id, row) != null) {
                findings.add(Wrong.DOUBLED, id + " in " + row.place());
                continue;
            }
            compareValues(findings, id, row, place);
            compareOrder(findings, id, row, place, owners, reached);
        }
        for (Submission submission : submissions) {
            comparePresence(findings, submission, seen);
        }
        return findings;
    }

    /**
     * Ends every doubt by what was found: rows in doubt that are there are acknowledged from here on, and rows that are
     * not there must never come.
     */
    public synchronized void settle(List<SeenRow> found) {
        Map<String, Long> sequences = new HashMap<>();
        for (SeenRow row : found) {
            Long sequence = row.sequence();
            BrokenPromise.unless(sequence != null, "a doubt cannot be ended by rows without sequences");
            if (sequence != null) {
                sequences.put(row.fields().path(ID).asText(), sequence);
            }
        }
        for (Submission submission : submissions) {
            if (submission.state() == State.IN_DOUBT && submission.size() > 0) {
                Long first = sequences.get(submission.row(0).path(ID).asText());
                if (first == null) {
                    submission.becomeAbsent();
                } else {
                    submission.becomeAcknowledged(first);
                }
            }
        }
    }

    private static void compareValues(Findings findings, String id, SeenRow row, Place place) {
        JsonNode sent = place.submission.row(place.index);
        Set<String> names = new HashSet<>();
        sent.fieldNames().forEachRemaining(names::add);
        row.fields().fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            JsonNode before = sent.path(name);
            JsonNode after = row.fields().path(name);
            boolean bothAbsent = isAbsent(before) && isAbsent(after);
            if (!name.startsWith(HIDDEN) && !bothAbsent && !before.equals(after)) {
                findings.add(
                        Wrong.ALTERED, id + " in " + row.place() + ": " + name + " " + before + " became " + after);
            }
        }
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static void compareOrder(
            Findings findings,
            String id,
            SeenRow row,
            Place place,
            Map<Long, String> owners,
            Map<String, Long> reached) {
        boolean acknowledged = place.submission.state() == State.ACKNOWLEDGED;
        Long shown = row.sequence();
        if (shown == null && !acknowledged) {
            return;
        }
        long sequence = shown == null ? place.submission.sequence(place.index) : shown;
        if (acknowledged && sequence != place.submission.sequence(place.index)) {
            findings.add(
                    Wrong.RENUMBERED,
                    id + " was acknowledged as " + place.submission.sequence(place.index) + " and is " + sequence);
        }
        String owner = owners.put(sequence, id);
        if (owner != null) {
            findings.add(Wrong.RENUMBERED, owner + " and " + id + " are both " + sequence);
        }
        Long before = reached.put(row.place(), sequence);
        if (before != null && before >= sequence) {
            findings.add(Wrong.OUT_OF_ORDER, id + " in " + row.place() + ": " + sequence + " comes after " + before);
        }
        if (sequence <= row.since() || sequence > row.through()) {
            findings.add(
                    Wrong.OUT_OF_ORDER,
                    id + " (" + sequence + ") lies in " + row.place() + " " + row.since() + "-" + row.through());
        }
    }

    private static void comparePresence(Findings findings, Submission submission, Map<String, SeenRow> seen) {
        int there = 0;
        Long offset = null;
        boolean contiguous = true;
        for (int index = 0; index < submission.size(); index++) {
            String id = submission.row(index).path(ID).asText();
            SeenRow row = seen.get(id);
            if (row == null) {
                if (submission.state() == State.ACKNOWLEDGED) {
                    findings.add(Wrong.MISSING, id + " (" + submission.sequence(index) + ")");
                }
                continue;
            }
            there++;
            Long sequence = row.sequence();
            if (sequence != null) {
                contiguous &= offset == null || offset == sequence - index;
                offset = sequence - index;
            }
        }
        boolean torn = there > 0 && there < submission.size();
        if (submission.state() == State.IN_DOUBT && (torn || !contiguous)) {
            findings.add(
                    Wrong.TORN,
                    there + " of " + submission.size() + " rows, contiguous=" + contiguous + ", from "
                            + submission.row(0).path(ID).asText());
        }
    }
}
