// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import dev.tidemark.cache.testing.DurableMarkers;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Trace;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts where in the source disks were changed, and where the process died. */
final class Census {
    private static final Set<String> TESTS = Set.of(Census.class.getPackageName());

    private final DurableMarkers markers;
    private final Map<String, Place> places = new TreeMap<>();
    private final Set<String> markersReached = new HashSet<>();

    Census(DurableMarkers markers) {
        this.markers = markers;
    }

    private static final class Place {
        private final String name;
        private final Set<String> operations = new TreeSet<>();
        private final @Nullable String marker;
        private boolean syncs;
        private long reached;
        private long crashed;

        Place(String name, @Nullable String marker) {
            this.name = name;
            this.marker = marker;
        }
    }

    /** Follows a disk for as long as it lives; {@link #take} counts what happened on it. */
    Trace follow(FaultyDisk disk) {
        Trace trace = new Trace(markers, TESTS);
        disk.observe(trace);
        return trace;
    }

    void take(Trace trace, FaultyDisk disk) {
        List<Trace.Step> steps = trace.steps();
        steps.forEach(this::reach);
        if (disk.isCut() && !steps.isEmpty()) {
            place(steps.getLast()).crashed++;
        }
    }

    /** Counts what happened on a disk that crashed at each of its operations. */
    void takeAsCrashed(Trace trace) {
        for (Trace.Step step : trace.steps()) {
            reach(step);
            place(step).crashed++;
        }
    }

    private void reach(Trace.Step step) {
        Place place = place(step);
        place.operations.add(step.operation().toString());
        place.syncs |= step.operation().isSync() && !step.door().equals("DurableFiles.delete");
        place.reached++;
        markersReached.addAll(step.reached());
    }

    private Place place(Trace.Step step) {
        String name = step.site() + ":" + step.line() + " "
                + (step.door().isEmpty() ? step.operation().toString() : step.door());
        String key = name + " " + Objects.toString(step.marker(), "-");
        return places.computeIfAbsent(key, absent -> new Place(name, step.marker()));
    }

    /** Markers of classes with other names whose statement never changed a disk. */
    List<String> unreachedOutside(String... proven) {
        return markers.all().stream()
                .filter(marker -> Stream.of(proven).noneMatch(marker.className()::equals))
                .map(DurableMarkers.Marker::name)
                .filter(name -> !markersReached.contains(name))
                .toList();
    }

    /** Places that sync and do not say why; that a deletion is durable, nobody is promised. */
    List<String> unmarkedSyncs() {
        return places.values().stream()
                .filter(place -> place.syncs && place.marker == null)
                .map(place -> place.name.replaceFirst(":\\d+", ""))
                .toList();
    }

    /** How many places of the store have a name, whatever line they are on, and how many of them saw a crash. */
    Points points() {
        Set<String> named = new TreeSet<>();
        Set<String> crashed = new TreeSet<>();
        for (Place place : places.values()) {
            if (!place.name.startsWith("a test")) {
                String name = place.name.replaceFirst(":\\d+", "") + " " + Objects.toString(place.marker, "");
                named.add(name);
                if (place.crashed > 0) {
                    crashed.add(name);
                }
            }
        }
        return new Points(named.size(), crashed.size());
    }

    record Points(int named, int crashed) {}

    String report() {
        Map<String, String> rules = markers.all().stream()
                .collect(Collectors.toMap(DurableMarkers.Marker::name, marker -> String.join(",", marker.rules())));
        StringBuilder report = new StringBuilder("%-72s %-30s %-8s %8s %8s  %s%n"
                .formatted("site", "marker", "rules", "reached", "crashed", "operations"));
        places.values().forEach(place -> {
            String marker = place.marker == null ? "-" : place.marker;
            report.append("%-72s %-30s %-8s %8d %8d  %s%n"
                    .formatted(
                            place.name,
                            marker,
                            rules.getOrDefault(marker, "-"),
                            place.reached,
                            place.crashed,
                            String.join(" ", place.operations)));
        });
        return report.toString();
    }
}
