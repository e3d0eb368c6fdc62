// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.ValueVectorUtility;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of a body that is an Arrow stream.
 *
 * <p>Nothing of it is believed: the lengths that its messages announce are held against the body before anything is
 * allocated ({@link ArrowFraming}), and each batch is validated, offsets and text included, before a value is looked at.
 */
final class ArrowRows extends RowTexts {
    private static final Logger LOG = LoggerFactory.getLogger(ArrowRows.class);

    /** What the vectors may take for each byte of the body, and for a body of few bytes. */
    private static final int BYTES_PER_BODY_BYTE = 2;

    private static final long BYTES_LEAST = 1 << 20;

    private final BufferAllocator memory;
    private final ArrowMessages messages;
    private final ArrowStreamReader reader;
    private final VectorSchemaRoot batch;
    private final List<ArrowCell> cells = new ArrayList<>();
    private final Map<String, ColumnType> types = new LinkedHashMap<>();
    private final JsonText text = new JsonText();
    private final long rowBytesMax;
    private int row;
    private int rows;
    private long size;
    private @Nullable Problem problem;

    ArrowRows(byte[] body, int length, Dataset dataset, long rowBytesMax, BufferAllocator parent)
            throws RefusedException {
        this.rowBytesMax = rowBytesMax;
        ArrowFraming.check(body, length);
        memory = parent.newChildAllocator("arrow", 0, BYTES_PER_BODY_BYTE * (long) length + BYTES_LEAST);
        messages = new ArrowMessages(body, length, memory);
        reader = new ArrowStreamReader(messages, memory);
        try {
            batch = reader.getVectorSchemaRoot();
            columns(dataset);
        } catch (RefusedException e) {
            close();
            throw e;
        } catch (IOException | RuntimeException e) {
            close();
            throw broken(e);
        }
    }

    private void columns(Dataset dataset) throws IOException, RefusedException {
        if (!reader.getDictionaryVectors().isEmpty()) {
            throw Problem.of(Slug.BAD_ARROW, "dictionaries are not taken")
                    .hinting("send the values themselves")
                    .refused();
        }
        Set<String> names = new HashSet<>();
        for (FieldVector vector : batch.getFieldVectors()) {
            Field field = vector.getField();
            String name = field.getName();
            if (!names.add(name)) {
                throw Problem.of(Slug.BAD_ARROW, "the schema has a name twice")
                        .inColumn(name)
                        .refused();
            }
            ColumnType type = ArrowCell.type(field)
                    .orElseThrow(() -> Problem.of(Slug.BAD_ARROW, "values of this Arrow type are not taken")
                            .inColumn(name)
                            .hinting("send nested values as JSON text")
                            .refused());
            types.put(name, type);
            ColumnType has = dataset.column(name).map(Column::type).orElse(null);
            cells.add(new ArrowCell(JsonText.quoted(name.getBytes(StandardCharsets.UTF_8)), vector, type, has));
        }
    }

    @Override
    boolean next() throws RefusedException {
        row++;
        while (row >= rows) {
            if (!load()) {
                return false;
            }
            row = 0;
        }
        try {
            write();
        } catch (RuntimeException e) {
            throw broken(e); // Arrow's own validation lets some offsets pass that no value can have.
        }
        return true;
    }

    private void write() {
        problem = null;
        size = 0;
        for (ArrowCell cell : cells) {
            size += cell.bytes(row);
        }
        text.begin();
        if (size <= rowBytesMax) {
            for (ArrowCell cell : cells) {
                if (!cell.write(row, text) && problem == null) {
                    problem = cell.misfit();
                }
            }
        }
        text.end();
    }

    private boolean load() throws RefusedException {
        try {
            boolean loaded = reader.loadNextBatch();
            rows = loaded ? batch.getRowCount() : 0;
            if (loaded) {
                batch.getFieldVectors().forEach(ArrowRows::validate);
            }
            return loaded;
        } catch (OutOfMemoryException e) {
            throw e; // Of all requests together: what this one may have was held against its body.
        } catch (IOException | RuntimeException e) {
            throw broken(e);
        }
    }

    /** Arrow takes a decimal of all its digits for one of too many; those are counted when the value is written. */
    private static void validate(FieldVector vector) {
        if (vector instanceof DecimalVector) {
            ValueVectorUtility.validate(vector);
        } else {
            ValueVectorUtility.validateFull(vector);
        }
    }

    private static RefusedException broken(Exception cause) {
        LOG.debug("arrow body refused", cause);
        return Problem.of(Slug.BAD_ARROW, "the body is not a whole, valid Arrow stream")
                .hinting("send an Arrow IPC stream without compressed buffers; Content-Encoding may compress the body")
                .refused();
    }

    @Override
    byte[] bytes() {
        return text.bytes();
    }

    @Override
    int start() {
        return 0;
    }

    @Override
    int end() {
        return text.length();
    }

    @Override
    long line() {
        return 0;
    }

    @Override
    long size() {
        return size;
    }

    @Override
    @Nullable
    Problem problem() {
        return problem;
    }

    @Override
    Slug slug() {
        return Slug.BAD_ARROW;
    }

    @Override
    Optional<ColumnType> type(String column) {
        return Optional.ofNullable(types.get(column));
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException("closing what is in memory", e);
        } finally {
            messages.forget();
            memory.close();
        }
    }
}
