// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.sinks.SinkRun;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.smoke.BrokenPromise;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** What a sink costs that has nothing to do, a little, and much; and what it makes of what a format and a wire can do. */
final class SinksFamily implements Family {
    static final String NAME = "sinks";
    private static final int PARTITIONS = 1000;
    private static final int SMALL_ROWS = 100_000;
    private static final int LARGE_FACTOR = 20;
    private static final int TICKS = 201;
    private static final int UNIT_ROWS = 5000;
    private static final int DRAIN_FACTOR = 4;
    private static final int DRAIN_PARTITIONS = 10_000;
    private static final double GROWTH_BAR = 1.3;
    private static final double TICK_MILLIS_BAR = 5;
    private static final double FORWARD_BAR = 0.7;
    private static final double FORMAT_BAR = 0.6;
    private static final double DRAIN_MEBIBYTES_BAR = 32;
    private static final double SYNCS_OF_A_PASS = 3;
    private static final double UNITS_TO_A_SYNC = 100;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final ObjectFormat LINES = new ObjectFormat(ObjectFormat.Kind.JSONL, "zstd", Hidden.LEFT_OUT);
    private static final ObjectFormat PARQUET = new ObjectFormat(ObjectFormat.Kind.PARQUET, "zstd", Hidden.SHOWN);

    private final BufferAllocator memory = new RootAllocator();
    private final ScratchDirectory scratch;
    private final PlainReceiver receiver;
    private final List<Ticked> ticked = new ArrayList<>();
    private final List<RowBatch> written = new ArrayList<>();
    private List<RowBatch> read = List.of();
    private BareLines bareLines = BareLines.of(List.of());
    private double drainOne;
    private double drainMany;
    private int rows;

    SinksFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
        this.receiver = new PlainReceiver();
    }

    /** Sinks that have everything of many partitions, behind so many rows. */
    private record Ticked(String suffix, SinkBench bench, Sinks sinks) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "ticks over 1,000 partitions behind 100 thousand rows and behind 20 times --rows; one partition forwarded"
                + " and encoded; 4 times --rows drained by a child in "
                + String.join(" ", MemoryFamily.LIMITS);
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("tick-100k", "ms", "a tick with nothing new, median of " + TICKS),
                Measure.within("tick-100k", GROWTH_BAR, "tick-large", "ms", "the same behind 20 times --rows"),
                Measure.capped(TICK_MILLIS_BAR, "tick-ms", "ms", "the slower of the two"),
                Measure.capped(0, "tick-opened", "files", "opened by all those ticks"),
                Measure.capped(0, "tick-bytes", "bytes", "written or sent by all those ticks"),
                Measure.alone("new-100k", "ms", "1,000 new rows of one partition: all that is sent"),
                Measure.within("new-100k", GROWTH_BAR, "new-large", "ms", "the same behind 20 times --rows"),
                Measure.alone("read-100k", "KiB", "read from disk for them, spills and receipts included"),
                Measure.within("read-100k", GROWTH_BAR, "read-large", "KiB", "the same behind 20 times --rows"),
                Measure.alone("encode", "rows/s", "lines of JSON, zstd, one core, into nothing"),
                Measure.alone("post", "rows/s", "the same bytes posted to the same receiver, and nothing else"),
                Measure.alone("slower", "rows/s", "the slower of the two"),
                Measure.beside("slower", FORWARD_BAR, "forward", "rows/s", "a forward sink from cache to receiver"),
                Measure.alone("syncs-house", "syncs", "3 and one for each 100 units"),
                Measure.within("syncs-house", 1, "syncs", "syncs", "of that forward pass"),
                Measure.alone("jackson", "rows/s", "values made before, through Jackson's generator and zstd"),
                Measure.beside("jackson", FORMAT_BAR, "jsonl", "rows/s", "the encoder of lines of JSON, zstd"),
                Measure.alone("columns", "rows/s", "the same vectors through bare column writers, zstd, synced"),
                Measure.beside("columns", FORMAT_BAR, "parquet", "rows/s", "the encoder of Parquet, zstd, synced"),
                Measure.alone("drain-1", "MiB", "VmHWM of a child that drains one partition by HTTP; once"),
                Measure.alone("drain-10000", "MiB", "of one that drains 10,000 partitions; once"),
                Measure.capped(DRAIN_MEBIBYTES_BAR, "drain-more", "MiB", "the second less the first"));
    }

    @Override
    public void prepare(int wanted) throws IOException {
        rows = Math.ceilDiv(wanted, UNIT_ROWS) * UNIT_ROWS;
        ticked.add(ticked("100k", SMALL_ROWS));
        ticked.add(ticked("large", rows * LARGE_FACTOR));
        SinkBench source = SinkBench.open(scratch.path().resolve("source"), memory, 1);
        try (source) {
            source.fill(rows);
            read = source.read();
        }
        for (int from = 0; from < rows; from += SinkBench.BATCH_ROWS) {
            written.add(LogsBatches.batch(LogsBatches.DATASET, memory, from, SinkBench.BATCH_ROWS));
        }
        bareLines = BareLines.of(read);
        int drained = rows * DRAIN_FACTOR;
        drainOne = SinksChild.peakMebibytes(scratch.path().resolve("one"), drained, 1, receiver.uri());
        drainMany = SinksChild.peakMebibytes(scratch.path().resolve("many"), drained, DRAIN_PARTITIONS, receiver.uri());
    }

    private Ticked ticked(String suffix, int many) throws IOException {
        Path directory = scratch.path().resolve(suffix);
        SinkBench bench = SinkBench.open(directory, memory, PARTITIONS);
        bench.fill(many);
        Sinks sinks = bench.sinks(directory.resolve("sinks"), SinkBench.archive(directory, "latest"));
        bench.append(PARTITIONS);
        require(sinks.run("archive"), PARTITIONS);
        return new Ticked(suffix, bench, sinks);
    }

    private static void require(SinkRun run, long delivered) {
        BrokenPromise.unless(
                run.state().equals("idle") && run.deliveredRows() == delivered, "not %d rows: %s", delivered, run);
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        ticks(score);
        forward(directory, score);
        encode(directory, score);
        score.note("drain-1", drainOne);
        score.note("drain-10000", drainMany);
        score.note("drain-more", drainMany - drainOne);
    }

    private void ticks(Score score) throws IOException {
        double slowest = 0;
        long opened = 0;
        long bytes = 0;
        for (Ticked one : ticked) {
            CountingDisk.Count before = one.bench().disk().count();
            double millis = tickMillis(one.sinks());
            CountingDisk.Count spent = one.bench().disk().count().since(before);
            opened += spent.opened();
            bytes += spent.bytesWritten();
            slowest = Math.max(slowest, millis);
            score.note("tick-" + one.suffix(), millis);
        }
        score.note("tick-ms", slowest);
        score.note("tick-opened", (double) opened);
        score.note("tick-bytes", (double) bytes);
        for (Ticked one : ticked) {
            one.bench().append(1);
            CountingDisk.Count before = one.bench().disk().count();
            long begun = System.nanoTime();
            require(one.sinks().run("archive"), SinkBench.BATCH_ROWS);
            score.note("new-" + one.suffix(), (System.nanoTime() - begun) / NANOS_PER_MILLI);
            CountingDisk.Count spent = one.bench().disk().count().since(before);
            score.note("read-" + one.suffix(), spent.bytesRead() / 1024.0);
        }
    }

    private static double tickMillis(Sinks sinks) {
        double[] millis = new double[TICKS];
        for (int tick = 0; tick < TICKS; tick++) {
            long begun = System.nanoTime();
            SinkRun run = sinks.tick("archive");
            millis[tick] = (System.nanoTime() - begun) / NANOS_PER_MILLI;
            require(run, 0);
        }
        Arrays.sort(millis);
        return millis[TICKS / 2];
    }

    private void forward(Path directory, Score score) throws IOException {
        List<byte[]> bodies = new ArrayList<>();
        long begun = System.nanoTime();
        for (List<RowBatch> unit : SinkBench.units(read, UNIT_ROWS)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            write(LINES, unit, out);
            bodies.add(out.toByteArray());
        }
        long encoding = System.nanoTime() - begun;
        begun = System.nanoTime();
        receiver.postAll(bodies);
        long posting = System.nanoTime() - begun;
        score.enter("encode", rows, encoding);
        score.enter("post", rows, posting);
        score.enter("slower", rows, Math.max(encoding, posting));

        try (SinkBench bench = SinkBench.open(directory.resolve("forward"), memory, 1)) {
            bench.append(1);
            try (Sinks sinks = bench.sinks(directory.resolve("sinks"), SinkBench.central(receiver.uri(), UNIT_ROWS))) {
                // What is found out at the first contact is written down once.
                require(sinks.run("central"), SinkBench.BATCH_ROWS);
                bench.fill(rows);
                CountingDisk.Count before = bench.disk().count();
                begun = System.nanoTime();
                require(sinks.run("central"), rows);
                score.enter("forward", rows, System.nanoTime() - begun);
                score.note("syncs", (double) bench.disk().count().since(before).syncs());
                score.note("syncs-house", SYNCS_OF_A_PASS + (double) rows / UNIT_ROWS / UNITS_TO_A_SYNC);
            }
        }
    }

    private void encode(Path directory, Score score) throws IOException {
        long begun = System.nanoTime();
        bareLines.write(OutputStream.nullOutputStream());
        score.enter("jackson", rows, System.nanoTime() - begun);
        begun = System.nanoTime();
        write(LINES, read, OutputStream.nullOutputStream());
        score.enter("jsonl", rows, System.nanoTime() - begun);

        begun = System.nanoTime();
        BareParquet.write(written, directory.resolve("bare.parquet"));
        score.enter("columns", rows, System.nanoTime() - begun);
        begun = System.nanoTime();
        try (FileOutputStream out =
                new FileOutputStream(directory.resolve("ours.parquet").toFile())) {
            write(PARQUET, read, out);
            out.getFD().sync();
        }
        score.enter("parquet", rows, System.nanoTime() - begun);
    }

    private static void write(ObjectFormat format, List<RowBatch> batches, OutputStream out) throws IOException {
        try (var encoding = format.encoder().start(out)) {
            for (RowBatch batch : batches) {
                encoding.add(batch);
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (Ticked one : ticked) {
            one.sinks().close();
            one.bench().close();
        }
        written.forEach(RowBatch::close);
        read.forEach(RowBatch::close);
        receiver.close();
        memory.close();
        scratch.close();
    }
}
