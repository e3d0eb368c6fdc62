// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Room;
import dev.tidemark.daemon.config.Finding;
import dev.tidemark.daemon.config.LiveConfig;
import dev.tidemark.daemon.status.Status.Reason;
import dev.tidemark.daemon.status.Status.TimetableEntry;
import dev.tidemark.sinks.SinkError;
import dev.tidemark.sinks.SinkState;
import dev.tidemark.sinks.Trouble;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every reason why a daemon is not healthy, each with what to do; none of them closes ingest.
 *
 * <p>Decides from what others report, so that it can be asked without a daemon.
 */
final class Health {
    private static final String RAN_WELL = "ok";

    private final LiveConfig live;

    Health(LiveConfig live) {
        this.live = live;
    }

    /**
     * What is judged.
     *
     * @param fences for each dataset whose table is written to no more, why
     * @param room of the cache
     * @param damages acknowledged rows that the disk has lost, and nobody has looked at
     * @param parked requests with refused rows that nobody has looked at
     * @param clockBackFrom a time that has been, when the clock is before it now
     * @param conservationDelta rows that are in no book, which there must not be
     */
    record Findings(
            List<SinkState> sinks,
            List<TimetableEntry> timetable,
            Map<String, String> fences,
            Room room,
            List<Damage> damages,
            int parked,
            @Nullable Instant clockBackFrom,
            long conservationDelta) {}

    List<Reason> reasons(Findings findings) {
        List<Reason> reasons = new ArrayList<>();
        ofConfig(live.standing(), reasons);
        findings.sinks().forEach(sink -> ofSink(sink, reasons));
        findings.fences().forEach((dataset, why) -> reasons.add(ofFence(dataset, why)));
        findings.damages().forEach(damage -> reasons.add(ofDamage(damage)));
        if (findings.parked() > 0) {
            reasons.add(new Reason(
                    "quarantine",
                    findings.parked() + " requests had rows that were refused and parked",
                    null,
                    "look at the files in quarantine/rows, send what can be mended, and delete them"));
        }
        for (TimetableEntry entry : findings.timetable()) {
            boolean sinkSaysSo = findings.sinks().stream()
                    .anyMatch(sink -> entry.name().equals(StatusReport.tickOf(sink.name())) && isInTrouble(sink));
            if (entry.lastResult() != null && !entry.lastResult().equals(RAN_WELL) && !sinkSaysSo) {
                reasons.add(new Reason(
                        "upkeep-failing",
                        entry.name() + ": " + entry.lastResult(),
                        entry.failingSince(),
                        "remove the cause; it is tried again by itself"));
            }
        }
        ofRoom(findings.room(), reasons);
        if (findings.clockBackFrom() != null) {
            reasons.add(new Reason(
                    "clock-back",
                    "the clock was set back from " + findings.clockBackFrom()
                            + ": rows get times that are before those of older rows, their sequences are right",
                    null,
                    "see that the clock is right; this ends by itself when it has come as far again"));
        }
        if (findings.conservationDelta() != 0) {
            reasons.add(new Reason(
                    "conservation",
                    findings.conservationDelta() + " rows are not where the books say they are",
                    null,
                    "keep a copy of the data directory and report it"));
        }
        return reasons;
    }

    private static void ofConfig(LiveConfig.Standing standing, List<Reason> reasons) {
        for (Finding fault : standing.config().faults()) {
            reasons.add(new Reason(
                    "sink-config", fault.toString(), standing.loadedAt(), "correct the file, then: tidemark reload"));
        }
        if (!standing.errors().isEmpty()) {
            int more = standing.errors().size() - 1;
            reasons.add(new Reason(
                    "reload-failed",
                    "the configuration of " + standing.loadedAt() + " still holds: "
                            + standing.errors().getFirst() + (more == 0 ? "" : ", and " + more + " more"),
                    standing.refusedAt(),
                    "correct the file, then: tidemark reload"));
        }
    }

    private static void ofRoom(Room room, List<Reason> reasons) {
        if (room.refusing() == null) {
            return;
        }
        reasons.add(
                switch (room.refusing()) {
                    case DISK ->
                        new Reason(
                                "disk-low",
                                "rows are refused: " + room.freeBytes()
                                        + " bytes are left on the disk of the data directory, of which disk.reserve keeps "
                                        + room.limits().reserveBytes(),
                                null,
                                "make room; rows are taken again by themselves");
                    case QUOTA ->
                        new Reason(
                                "quota",
                                "rows are refused: the spool has " + room.spoolBytes() + " bytes of spool.max "
                                        + room.limits().spoolBytesMax(),
                                null,
                                "find out what keeps rows from their tables (dataset-fenced, upkeep-failing), or raise spool.max");
                });
    }

    static Reason ofFence(String dataset, String why) {
        return new Reason(
                "dataset-fenced",
                dataset + ": " + why,
                null,
                "put the table back to the snapshot that was newest, or remove what keeps it from being written; its rows since then are still in the spool");
    }

    static Reason ofDamage(Damage damage) {
        String whose = damage.dataset() == null ? "rows of a dataset that nothing tells" : damage.dataset();
        return new Reason(
                "quarantine",
                whose + ": " + damage.rows() + " acknowledged rows, sequences " + damage.first() + " to "
                        + damage.last() + ", are lost: " + damage.what(),
                damage.found(),
                "look at the disk; what was found is kept in quarantine/" + damage.name()
                        + ".bytes: delete that file when you are done with it, and leave the record");
    }

    /** A sink that tries again is in trouble until that goes somewhere. */
    private static boolean isInTrouble(SinkState sink) {
        SinkError error = sink.lastError();
        boolean isMoving = error != null
                && sink.state().equals("running")
                && sink.lastSuccess() != null
                && sink.lastSuccess().isAfter(error.at());
        return sink.trouble() != null && !isMoving;
    }

    /** What halted it may have a code of its own. */
    private static String halted(SinkState sink) {
        String kind = sink.lastError() == null ? "" : sink.lastError().kind();
        return kind.equals("sink-damaged") || kind.equals("sink-config") ? kind : "sink-halted";
    }

    static void ofSink(SinkState sink, List<Reason> reasons) {
        Trouble trouble = sink.trouble();
        if (trouble == null || !isInTrouble(sink)) {
            return;
        }
        boolean isHalted = trouble.state().equals("halted");
        reasons.add(new Reason(
                isHalted ? halted(sink) : "sink-backing-off",
                sink.name() + ": " + sink.reason(),
                trouble.since(),
                (isHalted ? "remove the cause, then: " : "it tries again by itself; at once with: ")
                        + "tidemark sink run " + sink.name()));
    }
}
