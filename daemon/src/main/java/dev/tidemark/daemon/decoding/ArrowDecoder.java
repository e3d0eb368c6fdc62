// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.encoding.ArrowEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.VectorBatchAppender;

/**
 * Turns an Arrow IPC stream into a batch of a dataset, together with the columns that it has and the dataset lacks.
 *
 * <p>What it brings that the dataset does not take as a column may be among the batch's vectors: whoever appends the rows leaves it
 * out. A column's type is what its field says under {@link ArrowEncoder#TYPE}, else what Arrow has it as. It must be the
 * dataset's, but for an int or a float where the dataset has the wider type.
 */
public final class ArrowDecoder {
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonRow.DEPTH_MAX)
                    .build())
            .build();

    private final IngestSettings limits;

    public ArrowDecoder(IngestSettings limits) {
        this.limits = limits;
    }

    /**
     * Decodes all rows of a body, or refuses them all.
     *
     * @param hidden columns beside the user's that the rows may bring
     * @param memory where the batch lives; the caller closes the batch, and then this
     */
    public RowBatch decode(
            byte[] body,
            int length,
            Dataset current,
            Optional<Declared> declaration,
            List<Column> hidden,
            BufferAllocator memory)
            throws RefusedException {
        ArrowFraming.check(body, length);
        ArrowMessages messages = new ArrowMessages(body, length, memory);
        try {
            return decode(messages, current, declaration, hidden, memory);
        } finally {
            messages.forget();
        }
    }

    private RowBatch decode(
            ArrowMessages messages,
            Dataset current,
            Optional<Declared> declaration,
            List<Column> hidden,
            BufferAllocator memory)
            throws RefusedException {
        List<FieldVector> vectors = new ArrayList<>();
        try (ArrowStreamReader reader = new ArrowStreamReader(messages, memory)) {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            if (!reader.getDictionaryVectors().isEmpty()) {
                throw bad("it has dictionaries").refused();
            }
            int rows = 0;
            while (reader.loadNextBatch()) {
                rows += root.getRowCount();
                if (rows > limits.maxRows()) {
                    throw Problem.of(Slug.TOO_MANY_ROWS, "the body has more rows than one request may bring")
                            .limitedTo(limits.maxRows())
                            .hinting("send the rows in several requests")
                            .refused();
                }
                gather(root, vectors, memory);
            }
            return RowsDecoder.checked(fitted(current, declaration, vectors, hidden, rows, memory));
        } catch (OutOfMemoryException e) {
            vectors.forEach(FieldVector::close);
            throw Problem.of(Slug.BUSY, "the rows do not fit into the memory that is free now")
                    .hinting("send fewer rows at once, or send them again")
                    .refused();
        } catch (RefusedException e) {
            vectors.forEach(FieldVector::close);
            throw e;
        } catch (IOException | RuntimeException e) {
            // The library's readers trust what they read, and whatever they trip over lies in the body.
            vectors.forEach(FieldVector::close);
            throw bad(e.getClass().getSimpleName()).refused();
        }
    }

    /** Copied, because buffers of one message may lie upon each other, and what is appended to one would change the other. */
    private static void gather(VectorSchemaRoot root, List<FieldVector> vectors, BufferAllocator memory) {
        for (int i = 0; i < root.getFieldVectors().size(); i++) {
            FieldVector vector = root.getVector(i);
            requireValues(vector);
            vector.validateFull();
            if (vectors.size() <= i) {
                FieldVector own = vector.getField().createVector(memory);
                vectors.add(own);
                own.setInitialCapacity(vector.getValueCount());
                own.allocateNew();
            }
            VectorBatchAppender.batchAppend(vectors.get(i), vector);
        }
    }

    /** Arrow's own validation lets some offsets pass that no value can have, and such a row could be read by nobody. */
    private static void requireValues(FieldVector vector) {
        if (!(vector instanceof BaseVariableWidthVector texts)
                || texts.getOffsetBuffer().capacity() == 0) {
            return;
        }
        ArrowBuf offsets = texts.getOffsetBuffer();
        int end = offsets.getInt(0);
        boolean isRight = end == 0 || (end > 0 && texts.getValueCount() > 0);
        for (int row = 1; isRight && row <= texts.getValueCount(); row++) {
            int next = offsets.getInt((long) row * BaseVariableWidthVector.OFFSET_WIDTH);
            isRight = next >= end;
            end = next;
        }
        if (!isRight || end > texts.getDataBuffer().capacity()) {
            throw new IllegalArgumentException("values of " + texts.getName() + " lie where there are none");
        }
    }

    private static RowBatch fitted(
            Dataset current,
            Optional<Declared> declaration,
            List<FieldVector> vectors,
            List<Column> hidden,
            int rows,
            BufferAllocator memory)
            throws RefusedException {
        Dataset draft = DatasetDraft.declared(current, declaration);
        UnknownColumns unknown = declaration.map(Declared::unknownColumns).orElse(UnknownColumns.ADD);
        ColumnNames names = new ColumnNames(draft.columns());
        List<Column> columns = new ArrayList<>(draft.columns());
        for (int i = 0; i < vectors.size(); i++) {
            Field field = vectors.get(i).getField();
            String name = field.getName();
            Optional<Column> known = hidden.stream()
                    .filter(column -> column.name().equals(name))
                    .findFirst()
                    .or(() -> draft.column(name));
            ColumnType type = type(field);
            if (type.equals(ColumnType.JSON)) {
                refuseBrokenJson(Column.inferred(name, type), (VarCharVector) vectors.get(i));
            }
            if (known.isPresent() && widens(known.get(), type)) {
                Column wide = known.get().widenedTo(type);
                columns.replaceAll(column -> column.name().equals(name) ? wide : column);
            } else if (known.isPresent()) {
                vectors.set(i, fitted(vectors.get(i), type, known.get(), memory));
            } else {
                Optional<Problem> wrong = switch (unknown) {
                    case ADD -> names.admit(name);
                    case REJECT -> Optional.of(names.refusal(name).orElseGet(UnknownKeys::notTaken));
                    case DROP -> names.refusal(name);
                };
                if (wrong.isPresent()) {
                    throw wrong.get().inColumn(name).refused();
                }
                if (unknown == UnknownColumns.ADD) {
                    columns.add(Column.inferred(name, type));
                }
            }
        }
        VectorSchemaRoot root =
                new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, rows);
        refuseMissing(draft, declaration, root);
        return new RowBatch(DatasetDraft.typed(draft, declaration, columns), root);
    }

    private static boolean widens(Column column, ColumnType type) {
        return !column.type().equals(type) && column.type().widensTo(type);
    }

    private static void refuseMissing(Dataset draft, Optional<Declared> declaration, VectorSchemaRoot root)
            throws RefusedException {
        List<Column> columns = new ArrayList<>(draft.columns());
        declaration.stream()
                .flatMap(declared -> declared.columns().stream())
                .filter(column -> draft.column(column.name()).isPresent())
                .forEach(columns::add);
        for (Column column : columns) {
            FieldVector vector = root.getVector(column.name());
            if (column.required() && (vector == null || vector.getNullCount() > 0)) {
                throw Problem.of(Slug.MISSING_REQUIRED, "the dataset is declared to have a value here")
                        .inColumn(column.name())
                        .refused();
            }
        }
    }

    /** JSON is the one type that Arrow cannot vouch for. */
    private static void refuseBrokenJson(Column column, VarCharVector texts) throws RefusedException {
        for (int row = 0; row < texts.getValueCount(); row++) {
            if (texts.isNull(row)) {
                continue;
            }
            try (JsonParser parser = JSON.createParser(texts.get(row))) {
                parser.nextToken();
                parser.skipChildren();
                if (parser.nextToken() != null) {
                    throw misfit(column.name(), "row " + (row + 1) + " has more than one JSON value");
                }
            } catch (IOException e) {
                throw misfit(column.name(), "row " + (row + 1) + " has no JSON");
            }
        }
    }

    private static ColumnType type(Field field) throws RefusedException {
        String said = field.getMetadata().get(ArrowEncoder.TYPE);
        if (said != null) {
            try {
                ColumnType type = ColumnType.parse(said);
                if (type.arrow().equals(field.getType())) {
                    return type;
                }
            } catch (IllegalArgumentException e) {
                // It is refused below, with the column's name.
            }
            throw misfit(field.getName(), "its field does not hold what it says it does");
        }
        for (ColumnType type : List.of(
                ColumnType.BOOLEAN,
                ColumnType.INT,
                ColumnType.LONG,
                ColumnType.FLOAT,
                ColumnType.DOUBLE,
                ColumnType.STRING,
                ColumnType.BINARY,
                ColumnType.DATE,
                ColumnType.TIMESTAMP)) {
            if (type.arrow().equals(field.getType())) {
                return type;
            }
        }
        throw misfit(field.getName(), "there is no column type for " + field.getType());
    }

    private static FieldVector fitted(FieldVector vector, ColumnType type, Column column, BufferAllocator memory)
            throws RefusedException {
        if (column.type().equals(type)) {
            return vector;
        }
        int rows = vector.getValueCount();
        if (column.type().equals(ColumnType.LONG) && vector instanceof IntVector ints) {
            BigIntVector wide = new BigIntVector(column.name(), memory);
            for (int row = 0; row < rows; row++) {
                if (!ints.isNull(row)) {
                    wide.setSafe(row, ints.get(row));
                }
            }
            wide.setValueCount(rows);
            ints.close();
            return wide;
        }
        if (column.type().equals(ColumnType.DOUBLE) && vector instanceof Float4Vector floats) {
            Float8Vector wide = new Float8Vector(column.name(), memory);
            for (int row = 0; row < rows; row++) {
                if (!floats.isNull(row)) {
                    wide.setSafe(row, floats.get(row));
                }
            }
            wide.setValueCount(rows);
            floats.close();
            return wide;
        }
        throw misfit(column.name(), "the dataset has a " + column.type() + " there, the rows a " + type);
    }

    private static RefusedException misfit(String column, String detail) {
        return Problem.of(Slug.MISFIT, detail).inColumn(column).refused();
    }

    private static Problem bad(String what) {
        return Problem.of(Slug.BAD_ARROW, "the body is not a whole Arrow stream of plain columns: " + what);
    }
}
