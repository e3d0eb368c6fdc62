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

/**
 * Every sink instance that was ever met, with its births: what holds rows, whatever the configuration says today.
 *
 * <p>One state file, version 1, whose body is one JSON object:
 *
 * <pre>
 * tidemark sink-register 1 7c0e11d4
 * {"sinks":[{"sink":"archive","ordinal":1,"type":"blob","destination":"dir:/srv/export/edge-17","prefix":"edge-17",
 *   "configuredPrefix":"{host}","datasets":[],"births":[{"dataset":"logs","start":"latest","legacy":0,"sequence":41,
 *   "partitions":{"all":{"sequence":41,"rows":41}}}]}]}
 * </pre>
 */
final class SinkRegister {
    private static final String KIND = "sink-register";
    private static final int VERSION = 1;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final DurableFiles files;

    /** Guards {@link #registrations} and the file, which have to change together. */
    private final Object change = new Object();

    private final Map<String, Registration> registrations = new TreeMap<>();

    private SinkRegister(Path file, DurableFiles files) {
        this.file = file;
        this.files = files;
    }

    /** The body of the file. */
    private record Body(List<Registration> sinks) {}

    /**
     * Opens the register, empty without a file. What is found is written anew: that it can be read does not prove that
     * it is on disk.
     *
     * @throws StateException when the file is not what was written, or newer
     */
    static SinkRegister open(Path file, DurableFiles files) throws IOException {
        SinkRegister register = read(file, files);
        if (!register.registrations.isEmpty()) {
            // durable: I7 register.found
            register.write(register.registrations);
        }
        return register;
    }

    /** Reads the register and changes nothing. */
    static SinkRegister read(Path file, DurableFiles files) throws IOException {
        SinkRegister register = new SinkRegister(file, files);
        if (files.exists(file)) {
            byte[] body = files.readState(file, KIND, VERSION);
            try {
                for (Registration registration :
                        JSON.readValue(body, Body.class).sinks()) {
                    register.registrations.put(registration.sink(), registration);
                }
            } catch (JsonProcessingException e) {
                throw new StateException(file, "it makes no sense: " + e.getOriginalMessage());
            }
        }
        return register;
    }

    Optional<Registration> registration(String sink) {
        synchronized (change) {
            return Optional.ofNullable(registrations.get(sink));
        }
    }

    /** Every instance that was ever met. */
    List<Registration> registrations() {
        synchronized (change) {
            return List.copyOf(registrations.values());
        }
    }

    /** Puts one instance; it is known when this returns, and as before when this throws. */
    void put(Registration registration) throws IOException {
        synchronized (change) {
            Map<String, Registration> next = new TreeMap<>(registrations);
            next.put(registration.sink(), registration);
            // durable: I7 register.put
            write(next);
            registrations.put(registration.sink(), registration);
        }
    }

    private void write(Map<String, Registration> all) throws IOException {
        byte[] body = JSON.writeValueAsBytes(new Body(new ArrayList<>(all.values())));
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
