// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.arrow.memory.OutOfMemoryException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I14")
class UnitCutterTest {
    private static final Path SPILL = Path.of("/data/unit");

    private final Shore shore = new Shore();

    /** Has no place for the row with the sequence 5. */
    private record Picky(Supplier<RuntimeException> failure) implements RowEncoder {
        @Override
        public String extension() {
            return "picky";
        }

        @Override
        public String version() {
            return "picky/1";
        }

        @Override
        public Encoding start(OutputStream out) {
            return new Encoding() {
                @Override
                public void add(RowBatch batch) {
                    for (int row = 0; row < batch.rows(); row++) {
                        if (batch.sequence(row).value() == 5) {
                            throw failure.get();
                        }
                    }
                }

                @Override
                public void close() {
                    // Nothing is open.
                }
            };
        }
    }

    private Unit cut(ObjectLimits limits, Supplier<RuntimeException> failure) throws IOException {
        shore.files.createDirectories(Path.of("/data"));
        try (UnitCutter cutter =
                new UnitCutter(shore.rows.read(ALL, Sequence.NONE, shore.rows.head(), 2), shore.disk)) {
            return cutter.cut(new Picky(failure), limits, shore.rows.head().value(), SPILL, unit -> Map.of())
                    .orElseThrow();
        }
    }

    @Test
    void whatAnEncoderCannotWriteRefusesTheUnitAndLeavesItsDigestWhole() throws IOException {
        shore.append(ALL, 6);
        Unit refused = cut(ObjectLimits.NONE, () -> new IllegalArgumentException("no place for it"));
        Poison poison = refused.refused();
        assertNotNull(poison);
        assertEquals("encoder", poison.reason());
        assertEquals(0, poison.status());
        assertEquals(6, refused.rows());
        assertNull(cut(ObjectLimits.ofRows(2), IllegalStateException::new).refused());
    }

    @Test
    void thatThereIsNoMemoryBlamesNoRow() {
        shore.append(ALL, 6);
        assertThrows(
                OutOfMemoryException.class, () -> cut(ObjectLimits.NONE, () -> new OutOfMemoryException("no room")));
    }
}
