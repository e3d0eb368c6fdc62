// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.lang.StackWalker.StackFrame;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who asked a disk for what, operation by operation; slow, so only where a test wants to know.
 *
 * <pre>{@code
 * Trace trace = new Trace(DurableMarkers.of("cache"), Set.of("dev.tidemark.cache.crash"));
 * disk.observe(trace);
 * }</pre>
 */
public final class Trace implements Consumer<Faults.Call> {
    private static final String OURS = "dev.tidemark.";
    private static final String ROAD = "dev.tidemark.cache.files";
    private static final String TWINS = "dev.tidemark.cache.testing";

    private final DurableMarkers markers;
    private final Set<String> testPackages;
    private final List<Step> steps = new ArrayList<>();

    /** {@code testPackages} are passed over when the site of an operation is looked for. */
    public Trace(DurableMarkers markers, Set<String> testPackages) {
        this.markers = markers;
        this.testPackages = Set.copyOf(testPackages);
    }

    /**
     * One operation and who asked for it.
     *
     * @param site the nearest caller outside {@code cache.files} and the tests, as {@code Class.method}
     * @param packageName the package of the site
     * @param door what of {@code cache.files} the site called, as {@code Class.method}; empty for the disk itself
     * @param line the line of the site that asked
     * @param marker the nearest marker at or above the site
     * @param reached the names of all markers on the stack, those in {@code cache.files} too
     */
    public record Step(
            long number,
            DiskOperation operation,
            Path path,
            String site,
            String packageName,
            String door,
            int line,
            @Nullable String marker,
            Set<String> reached) {}

    public synchronized List<Step> steps() {
        return List.copyOf(steps);
    }

    @Override
    public void accept(Faults.Call call) {
        List<StackFrame> ours = StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> frame.getClassName().startsWith(OURS))
                        .filter(frame -> !isTest(frame))
                        .toList());
        Set<String> reached =
                ours.stream().flatMap(frame -> markerOf(frame).stream()).collect(Collectors.toUnmodifiableSet());
        Optional<StackFrame> site =
                ours.stream().filter(frame -> !packageOf(frame).equals(ROAD)).findFirst();
        Step step = new Step(
                call.number(),
                call.operation(),
                call.path(),
                site.map(Trace::describe).orElse("a test"),
                site.map(Trace::packageOf).orElse(""),
                ours.stream()
                        .takeWhile(frame -> packageOf(frame).equals(ROAD))
                        .reduce((nearer, farther) -> farther)
                        .map(Trace::describe)
                        .orElse(""),
                site.map(StackFrame::getLineNumber).orElse(0),
                ours.stream()
                        .filter(frame -> !packageOf(frame).equals(ROAD))
                        .flatMap(frame -> markerOf(frame).stream())
                        .findFirst()
                        .orElse(null),
                reached);
        synchronized (this) {
            steps.add(step);
        }
    }

    private Optional<String> markerOf(StackFrame frame) {
        return markers.at(frame.getClassName(), frame.getLineNumber()).map(DurableMarkers.Marker::name);
    }

    private boolean isTest(StackFrame frame) {
        String name = packageOf(frame);
        return name.equals(TWINS) || testPackages.contains(name);
    }

    private static String describe(StackFrame frame) {
        return frame.getClassName().substring(packageOf(frame).length() + 1) + "." + frame.getMethodName();
    }

    private static String packageOf(StackFrame frame) {
        return frame.getClassName().substring(0, frame.getClassName().lastIndexOf('.'));
    }
}
