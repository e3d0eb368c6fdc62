// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Partition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.iceberg.TableMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was ever adopted into a table: the property {@code tidemark.adoptions} (LLP 0011).
 *
 * <pre>
 * {"version":1,"head":3000,
 *  "files":[{"file":"legacy-…parquet","base":1,"rows":3000,"sha256":"…"}],
 *  "adoptions":[{"since":0,"through":3000,"at":"2026-01-01T00:00:00Z","reach":"SINKS","table":null,"snapshot":null,
 *   "partitions":[{"name":"all","rows":3000,"last":3000}]}]}
 * </pre>
 *
 * <p>Row {@code j} of a file, counted from 0, has the ordinal {@code base + j}. What a file was is remembered after it is
 * gone, so that it is not adopted again.
 *
 * @param head the highest ordinal that was ever given
 */
record Adoptions(int version, long head, List<AdoptedFile> files, List<Entry> adoptions) {
    static final String PROPERTY = "tidemark.adoptions";
    private static final int VERSION = 1;
    private static final Adoptions NONE = new Adoptions(VERSION, 0, List.of(), List.of());
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /**
     * One file that rows came from.
     *
     * @param file its name in the table's data directory
     * @param sha256 of the file that was adopted, whether it was linked or rewritten
     */
    record AdoptedFile(String file, long base, long rows, String sha256) {}

    record Part(String name, long rows, long last) {}

    /** One adoption; {@code table} and {@code snapshot} say which Iceberg table it was, at which snapshot. */
    record Entry(
            long since,
            long through,
            String at,
            Adoption.Reach reach,
            @Nullable String table,
            @Nullable Long snapshot,
            List<Part> partitions) {}

    Adoptions {
        files = List.copyOf(files);
        adoptions = List.copyOf(adoptions);
    }

    /** What a table's metadata says. */
    static Adoptions of(TableMetadata metadata) {
        String text = metadata.properties().get(PROPERTY);
        if (text == null) {
            return NONE;
        }
        try {
            Adoptions read = JSON.readValue(text, Adoptions.class);
            if (read.version() > VERSION) {
                throw new UncheckedIOException(new IOException("its property " + PROPERTY + " has version "
                        + read.version() + ", this program reads up to " + VERSION + ": use a newer one"));
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Adoptions none() {
        return NONE;
    }

    String toProperty() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("adoptions are plain values", e);
        }
    }

    Adoptions plus(List<AdoptedFile> added, Entry entry) {
        List<AdoptedFile> allFiles = new ArrayList<>(files);
        allFiles.addAll(added);
        List<Entry> all = new ArrayList<>(adoptions);
        all.add(entry);
        return new Adoptions(VERSION, entry.through(), allFiles, all);
    }

    Map<String, AdoptedFile> byName() {
        return files.stream().collect(Collectors.toMap(AdoptedFile::file, file -> file));
    }

    /** The adopted file with these bytes. */
    Optional<AdoptedFile> withBytes(String sha256) {
        return files.stream().filter(file -> file.sha256().equals(sha256)).findFirst();
    }

    boolean hasSnapshot(String table, long snapshot) {
        return adoptions.stream()
                .anyMatch(entry ->
                        table.equals(entry.table()) && entry.snapshot() != null && entry.snapshot() == snapshot);
    }

    long rows() {
        return adoptions.stream()
                .flatMap(entry -> entry.partitions().stream())
                .mapToLong(Part::rows)
                .sum();
    }

    List<Adoption> of(String dataset) {
        return adoptions.stream()
                .map(entry -> new Adoption(
                        entry.since(),
                        entry.through(),
                        Instant.parse(entry.at()),
                        entry.reach(),
                        entry.partitions().stream()
                                .map(part -> new Adoption.Part(
                                        new Partition(dataset, part.name()), part.rows(), part.last()))
                                .toList()))
                .toList();
    }
}
