// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The names of one directory twice over: as processes see them, and as a power cut would leave them. */
final class SimulatedDirectory implements SimulatedNode {
    private final Map<String, SimulatedNode> names = new TreeMap<>();
    private final Map<String, SimulatedNode> durable = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();

    /** A name given to a node, or taken away; both halves of a rename bear the number of one operation. */
    private record Change(
            long operation, String name, @Nullable SimulatedNode node) {}

    @Nullable
    SimulatedNode named(String name) {
        return names.get(name);
    }

    Set<String> names() {
        return names.keySet();
    }

    void bind(long operation, String name, SimulatedNode node) {
        names.put(name, node);
        changes.add(new Change(operation, name, node));
    }

    void unbind(long operation, String name) {
        names.remove(name);
        changes.add(new Change(operation, name, null));
    }

    /** Makes one name durable apart from its neighbours. */
    void syncName(String name) {
        SimulatedNode node = names.get(name);
        if (node != null) {
            durable.put(name, node);
        }
        changes.removeIf(change -> change.name().equals(name));
    }

    void sync() {
        changes.forEach(change -> apply(change, durable));
        changes.clear();
    }

    /** This directory and all below it on another disk, with everything that is not durable yet. */
    SimulatedDirectory copy() {
        return (SimulatedDirectory) copy(this, new IdentityHashMap<>());
    }

    private static SimulatedNode copy(SimulatedNode node, Map<SimulatedNode, SimulatedNode> copies) {
        SimulatedNode known = copies.get(node);
        if (known != null) {
            return known;
        }
        return switch (node) {
            case SimulatedFile file -> {
                SimulatedFile copy = file.copy();
                copies.put(file, copy);
                yield copy;
            }
            case SimulatedDirectory directory -> {
                SimulatedDirectory copy = new SimulatedDirectory();
                copies.put(directory, copy);
                directory.names.forEach((name, child) -> copy.give(name, copy(child, copies)));
                directory.durable.forEach((name, child) -> copy.durable.put(name, copy(child, copies)));
                for (Change change : directory.changes) {
                    SimulatedNode child = change.node();
                    copy.changes.add(
                            new Change(change.operation(), change.name(), child == null ? null : copy(child, copies)));
                }
                yield copy;
            }
        };
    }

    /** What a reboot finds of this directory and all below it. */
    SimulatedDirectory survive(Survivors survivors) {
        Set<Long> pending = new HashSet<>();
        collectPending(pending, new HashSet<>());
        Set<Long> kept = survivors.namesAmong(
                pending.stream().sorted(Comparator.naturalOrder()).toList());
        return survive(survivors, kept, new IdentityHashMap<>());
    }

    private void collectPending(Set<Long> pending, Set<SimulatedDirectory> visited) {
        if (!visited.add(this)) {
            return;
        }
        changes.forEach(change -> pending.add(change.operation()));
        names.values().forEach(child -> collectBelow(child, pending, visited));
        durable.values().forEach(child -> collectBelow(child, pending, visited));
    }

    private static void collectBelow(SimulatedNode child, Set<Long> pending, Set<SimulatedDirectory> visited) {
        if (child instanceof SimulatedDirectory directory) {
            directory.collectPending(pending, visited);
        }
    }

    private SimulatedDirectory survive(Survivors survivors, Set<Long> kept, Map<SimulatedNode, SimulatedNode> found) {
        Map<String, SimulatedNode> left = new TreeMap<>(durable);
        for (Change change : changes) {
            if (kept.contains(change.operation())) {
                apply(change, left);
            }
        }
        SimulatedDirectory directory = new SimulatedDirectory();
        left.forEach((name, child) -> {
            SimulatedNode node = found.get(child);
            if (node == null) {
                node = switch (child) {
                    case SimulatedFile file -> file.survive(survivors);
                    case SimulatedDirectory below -> below.survive(survivors, kept, found);
                };
                found.put(child, node);
            }
            directory.give(name, node);
            directory.durable.put(name, node);
        });
        return directory;
    }

    /** Bytes of the files that have a name in or below this directory, each file once. */
    long bytes() {
        Set<SimulatedFile> files = new HashSet<>();
        collectFiles(files);
        return files.stream().mapToLong(SimulatedFile::size).sum();
    }

    private void collectFiles(Set<SimulatedFile> files) {
        for (SimulatedNode child : names.values()) {
            switch (child) {
                case SimulatedFile file -> files.add(file);
                case SimulatedDirectory below -> below.collectFiles(files);
            }
        }
    }

    private void give(String name, SimulatedNode node) {
        names.put(name, node);
        if (node instanceof SimulatedFile file) {
            file.named();
        }
    }

    private static void apply(Change change, Map<String, SimulatedNode> to) {
        SimulatedNode node = change.node();
        if (node == null) {
            to.remove(change.name());
        } else {
            to.put(change.name(), node);
        }
    }
}
