// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every sink instance that was ever met, with its births: what holds rows, whatever the configuration says today.
 *
 * <p>One state file, version 2, whose body is one JSON object:
 *
 * <pre>
 * tidemark sink-register 2 7c0e11d4
 * {"sinks":[{"sink":"archive","ordinal":1,"type":"blob","destination":"dir:/srv/export/edge-17","prefix":"edge-17",
 *   "configuredPrefix":"{host}","datasets":[],"births":[{"dataset":"logs","start":"latest","legacy":0,"sequence":41,
 *   "partitions":{"all":{"sequence":41,"rows":41}}}],"instance":"archive","streams":0}],
 *  "ordinals":{"archive":1},"removed":["old~2"]}
 * </pre>
 *
 * <p>{@code ordinals} counts the instances that a name ever had, {@code removed} lists those whose progress may go.
 * Version 1 had neither, and is read. A register that cannot be read is damaged: it names nobody, takes nothing, and
 * stays as it is.
 */
final class SinkRegister {
    private static final String KIND = "sink-register";
    private static final int VERSION = 2;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final DurableFiles files;

    /** Guards everything below and the file, which have to change together. */
    private final Object change = new Object();

    private final Map<String, Registration> registrations = new TreeMap<>();
    private final Map<String, Integer> ordinals = new TreeMap<>();
    private final List<String> removed = new ArrayList<>();
    private @Nullable String damage;

    private SinkRegister(Path file, DurableFiles files) {
        this.file = file;
        this.files = files;
    }

    /** The body of the file. */
    private record Body(
            List<Registration> sinks,
            @Nullable Map<String, Integer> ordinals,
            @Nullable List<String> removed) {}

    /**
     * Opens the register, empty without a file. What is found is written anew: that it can be read does not prove that
     * it is on disk.
     */
    static SinkRegister open(Path file, DurableFiles files) throws IOException {
        SinkRegister register = read(file, files);
        if (register.damage == null && !register.registrations.isEmpty()) {
            // durable: I7 register.found
            register.write(register.registrations, register.ordinals, register.removed);
        }
        return register;
    }

    /** Reads the register and changes nothing. */
    static SinkRegister read(Path file, DurableFiles files) throws IOException {
        SinkRegister register = new SinkRegister(file, files);
        if (files.exists(file)) {
            try {
                register.fill(JSON.readValue(files.readState(file, KIND, VERSION), Body.class));
            } catch (StateException e) {
                register.damage = String.valueOf(e.getMessage());
            } catch (JsonProcessingException e) {
                register.damage = file + ": it makes no sense: " + e.getOriginalMessage();
            }
        }
        return register;
    }

    private void fill(Body body) {
        for (Registration registration : body.sinks()) {
            registrations.put(registration.sink(), registration);
        }
        if (body.ordinals() != null) {
            ordinals.putAll(body.ordinals());
        }
        if (body.removed() != null) {
            removed.addAll(body.removed());
        }
    }

    /** What is wrong with the file, if anything is. */
    Optional<String> damage() {
        return Optional.ofNullable(damage);
    }

    /** Every instance that holds rows, whether or not a file names it. */
    List<Registration> all() {
        synchronized (change) {
            return List.copyOf(registrations.values());
        }
    }

    /** Instances that were removed, whose progress is nobody's. */
    List<String> removed() {
        synchronized (change) {
            return List.copyOf(removed);
        }
    }

    /** Which of the instances that had this name a new one is. */
    int nextOrdinal(String sink) {
        synchronized (change) {
            return ordinals.getOrDefault(sink, 0) + 1;
        }
    }

    Optional<Registration> registration(String sink) {
        synchronized (change) {
            return Optional.ofNullable(registrations.get(sink));
        }
    }

    /** Puts one instance; it is known when this returns, and as before when this throws. */
    void put(Registration registration) throws IOException {
        synchronized (change) {
            Map<String, Registration> next = new TreeMap<>(registrations);
            next.put(registration.sink(), registration);
            change(next, List.of());
        }
    }

    /** Gives an instance another name; everything else of it stays. */
    void rename(Registration registration, String other) throws IOException {
        synchronized (change) {
            Map<String, Registration> next = new TreeMap<>(registrations);
            next.remove(registration.sink());
            next.put(other, registration.named(other));
            change(next, List.of());
        }
    }

    /** Ends an instance: it holds nothing any more, and the next one of its name is another. */
    void remove(Registration registration) throws IOException {
        synchronized (change) {
            Map<String, Registration> next = new TreeMap<>(registrations);
            next.remove(registration.sink());
            change(next, List.of(registration.instance()));
        }
    }

    private void change(Map<String, Registration> next, List<String> ended) throws IOException {
        if (damage != null) {
            throw new IOException(damage);
        }
        Map<String, Integer> counted = new TreeMap<>(ordinals);
        next.values().forEach(one -> counted.merge(origin(one), one.ordinal(), Math::max));
        List<String> gone = new ArrayList<>(removed);
        gone.addAll(ended);
        // durable: I7 register.put
        write(next, counted, gone);
        registrations.clear();
        registrations.putAll(next);
        ordinals.putAll(counted);
        removed.addAll(ended);
    }

    /** The name that an instance had when it was new. */
    private static String origin(Registration registration) {
        String instance = registration.instance();
        int at = instance.indexOf('~');
        return at < 0 ? instance : instance.substring(0, at);
    }

    private void write(Map<String, Registration> all, Map<String, Integer> counted, List<String> gone)
            throws IOException {
        byte[] body = JSON.writeValueAsBytes(new Body(new ArrayList<>(all.values()), counted, gone));
        files.writeState(file, KIND, VERSION, body);
    }

    /** Above every beginning that the register knows. */
    Sequence highest() {
        synchronized (change) {
            return registrations.values().stream()
                    .flatMap(registration -> registration.births().stream())
                    .map(Birth::highest)
                    .max(Sequence::compareTo)
                    .orElse(Sequence.NONE);
        }
    }
}
