// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.metrics;

import dev.tidemark.cache.UpkeepReport;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what happens in this process. Thread-safe; nothing here can fail, and nothing waits for it. */
public final class Metrics {
    /** Distinct reasons and limits are few and ours; this only guards against a mistake (I13). */
    private static final int WORDS_MAX = 200;

    private final Durations acks = new Durations();
    private final Durations syncs = new Durations();
    private final Durations flushes = new Durations();
    private final LongAdder ingestedBytes = new LongAdder();
    private final Map<String, LongAdder> refusals = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> limits = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> compactions = new ConcurrentHashMap<>();

    public Metrics() {
        for (UpkeepReport.Outcome outcome : UpkeepReport.Outcome.values()) {
            compactions.put(outcome.word(), new LongAdder());
        }
    }

    /** A request with rows was answered once they were durable. */
    public void acknowledged(long bytes, Duration took) {
        ingestedBytes.add(bytes);
        acks.add(took);
    }

    /** A request with rows was refused; the reason is one of our slugs. */
    public void refused(String reason) {
        count(refusals, reason);
    }

    /** Something met a limit that has this name. */
    public void limited(String name) {
        count(limits, name);
    }

    public void synced(Duration took) {
        syncs.add(took);
    }

    public void flushed(Duration took) {
        flushes.add(took);
    }

    /** A compaction ended like this. */
    public void compacted(UpkeepReport.Outcome outcome) {
        count(compactions, outcome.word());
    }

    private static void count(Map<String, LongAdder> words, String word) {
        if (words.size() < WORDS_MAX || words.containsKey(word)) {
            words.computeIfAbsent(word, fresh -> new LongAdder()).increment();
        }
    }

    long ingestedBytes() {
        return ingestedBytes.sum();
    }

    Durations acks() {
        return acks;
    }

    Durations syncs() {
        return syncs;
    }

    Durations flushes() {
        return flushes;
    }

    Map<String, Long> refusals() {
        return sums(refusals);
    }

    Map<String, Long> limits() {
        return sums(limits);
    }

    Map<String, Long> compactions() {
        return sums(compactions);
    }

    private static Map<String, Long> sums(Map<String, LongAdder> words) {
        Map<String, Long> sums = new TreeMap<>();
        words.forEach((word, count) -> sums.put(word, count.sum()));
        return sums;
    }
}
