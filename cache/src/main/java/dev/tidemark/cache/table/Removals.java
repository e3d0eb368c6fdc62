// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.iceberg.TableMetadata;

/**
 * What policy removed from a table: the property {@code tidemark.removed}, set in the commit that removes (LLP 0017).
 *
 * <pre>
 * {"version":1,"commits":2,"rows":1000,"legacy":20,"through":1040,"before":941}
 * </pre>
 *
 * @param commits how many there were, so that no two say the same
 * @param rows rows with a sequence that went
 * @param legacy rows without one that went
 * @param through the highest sequence that went
 * @param before rows with a sequence below this are all gone
 */
record Removals(int version, long commits, long rows, long legacy, long through, long before) {
    static final String PROPERTY = "tidemark.removed";
    private static final int VERSION = 1;
    private static final Removals NONE = new Removals(VERSION, 0, 0, 0, 0, 0);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    static Removals none() {
        return NONE;
    }

    /** What a table's metadata says. */
    static Removals of(TableMetadata metadata) {
        String text = metadata.properties().get(PROPERTY);
        if (text == null) {
            return NONE;
        }
        try {
            Removals read = JSON.readValue(text, Removals.class);
            if (read.version() > VERSION) {
                throw new UncheckedIOException(new IOException("its property " + PROPERTY + " has version "
                        + read.version() + ", this program reads up to " + VERSION + ": use a newer one"));
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    String toProperty() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("removals are plain values", e);
        }
    }

    Removals plus(long moreRows, long moreLegacy, long removedThrough, long allBefore) {
        return new Removals(
                VERSION,
                commits + 1,
                rows + moreRows,
                legacy + moreLegacy,
                Math.max(through, removedThrough),
                Math.max(before, allBefore));
    }
}
