// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Puts other sinks in the place of those that run, all of them or none. */
final class Reload {
    private final Map<String, SinkLoop> loops;
    private final SinkRegister register;
    private final SinkHomes homes;
    private final RowSource rows;
    private final Assembly assembly;

    /** @param loops those that run, by name; changed in place */
    Reload(Map<String, SinkLoop> loops, SinkRegister register, SinkHomes homes, RowSource rows, Assembly assembly) {
        this.loops = loops;
        this.register = register;
        this.homes = homes;
        this.rows = rows;
        this.assembly = assembly;
    }

    /** Makes these the ones that run; those whose settings are the same go on undisturbed. */
    SinksChange to(List<SinkSettings> wanted) throws IOException {
        Map<String, SinkSettings> next = new TreeMap<>();
        wanted.forEach(one -> next.put(one.name(), one));
        List<SinkSettings> fresh =
                next.values().stream().filter(one -> !runs(one)).toList();
        List<SinkLoop> leaving = loops.values().stream()
                .filter(loop -> !loop.settings().equals(next.get(loop.settings().name())))
                .toList();
        List<SinksChange.Refused> refused = new ArrayList<>();
        for (SinkSettings one : fresh) {
            Activation.refusal(one, register, progress(one), rows).ifPresent(refused::add);
        }
        List<SinkLoop> held = new ArrayList<>();
        try {
            for (SinkLoop loop : refused.isEmpty() ? leaving : List.<SinkLoop>of()) {
                if (loop.hold()) {
                    held.add(loop);
                } else {
                    refused.add(new SinksChange.Refused(
                            loop.settings().name(),
                            "",
                            "its destination hangs and the unit in hand cannot be ended; try again"));
                }
            }
            if (refused.isEmpty()) {
                replace(leaving, fresh);
            }
        } finally {
            held.forEach(SinkLoop::letGo);
        }
        return change(leaving, fresh, next, refused);
    }

    private static SinksChange change(
            List<SinkLoop> leaving,
            List<SinkSettings> fresh,
            Map<String, SinkSettings> next,
            List<SinksChange.Refused> refused) {
        List<String> started = fresh.stream().map(SinkSettings::name).toList();
        List<String> stopped = leaving.stream()
                .map(loop -> loop.settings().name())
                .filter(name -> !next.containsKey(name))
                .toList();
        List<String> unchanged =
                next.keySet().stream().filter(name -> !started.contains(name)).toList();
        return new SinksChange(started, stopped, unchanged, refused);
    }

    private boolean runs(SinkSettings one) {
        SinkLoop loop = loops.get(one.name());
        return loop != null && loop.settings().equals(one);
    }

    /** What a sink has written down, whether or not it runs; empty when there is nothing that can be trusted. */
    private Optional<Ledger> progress(SinkSettings one) throws IOException {
        SinkLoop loop = loops.get(one.name());
        if (loop != null) {
            return Optional.of(loop.ledger());
        }
        Optional<Registration> known = register.registration(one.name());
        return known.isEmpty() ? Optional.empty() : homes.progress(known.get());
    }

    private void replace(List<SinkLoop> leaving, List<SinkSettings> fresh) throws IOException {
        Map<String, SinkLoop> loaded = new TreeMap<>();
        try {
            for (SinkLoop loop : leaving) {
                loop.close();
            }
            for (SinkSettings one : fresh) {
                loaded.put(one.name(), assembly.load(one));
            }
            for (SinkLoop loop : leaving) {
                SinkLoop next = loaded.get(loop.settings().name());
                if (next != null) {
                    next.takeOver(loop);
                }
            }
            leaving.forEach(loop -> loops.remove(loop.settings().name(), loop));
            loops.putAll(loaded);
        } catch (IOException e) {
            for (SinkLoop loop : loaded.values()) {
                loop.close();
            }
            for (SinkLoop loop : leaving) {
                restore(loop.settings(), e);
            }
            throw e;
        }
    }

    private void restore(SinkSettings before, IOException failure) {
        try {
            loops.put(before.name(), assembly.load(before));
        } catch (IOException e) {
            loops.remove(before.name());
            failure.addSuppressed(e);
        }
    }
}
