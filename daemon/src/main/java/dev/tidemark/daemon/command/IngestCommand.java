// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.daemon.config.Readings;
import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code ingest}: rows from files or from stdin become rows of a dataset.
 *
 * <p>A batch whose answer was lost is sent again, and stored once. It stops at the first batch that is refused, or, of a
 * file, that nobody answers for a while, and says how far it came. Where no daemon is there to begin with it fails, unless
 * somebody still writes into the pipe that it reads.
 */
@Command(name = "ingest", description = "Sends rows from files or from stdin, in batches.")
final class IngestCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    private static final String STDIN = "-";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration FOR_EVER = Duration.ofDays(36_500);
    private static final Duration END_OF_INPUT = Duration.ofSeconds(1);

    private boolean saidThatItWaits;

    @Parameters(index = "0", paramLabel = "DATASET", description = "the dataset")
    private String dataset = "";

    @Parameters(index = "1..*", paramLabel = "FILE", description = "- for stdin, which is read for ever")
    private List<String> files = List.of(STDIN);

    @Option(names = "--linger", paramLabel = "D", description = "how long a batch that is not full waits for rows")
    private String linger = "0s";

    @Option(names = "--batch-rows", paramLabel = "N", description = "rows of a request at most")
    private int batchRows = 5000;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "ndjson, json, csv or arrow; else by the file's name")
    private @Nullable String format;

    @Mixin
    @SuppressWarnings("unused") // It is taken, and that is all.
    private AlwaysJson json = new AlwaysJson();

    /** What was acknowledged so far. */
    private record Acknowledged(
            long rows, @Nullable Long first, @Nullable Long last) {
        Acknowledged plus(JsonNode answer) {
            JsonNode from = answer.path("first_seq");
            if (!from.isNumber()) {
                return this;
            }
            return new Acknowledged(
                    rows + answer.path("rows").asLong(),
                    first == null ? Long.valueOf(from.asLong()) : first,
                    answer.path("last_seq").asLong());
        }

        String toJson() {
            return "{\"rows\":" + rows + ",\"first_seq\":" + first + ",\"last_seq\":" + last + "}";
        }
    }

    IngestCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        if (batchRows < 1) {
            throw new CommandException(CommandException.USAGE, "--batch-rows: must be at least 1");
        }
        Duration wait = linger();
        for (String file : files) {
            format(file); // Whoever is wrong about it hears that before anything is said of rows.
        }
        Acknowledged acknowledged = new Acknowledged(0, null, null);
        try (Progress progress = new Progress(console)) {
            for (String file : files) {
                // A pipe that is not read any more loses what others write into it.
                Duration patience = file.equals(STDIN) ? FOR_EVER : PATIENCE;
                try (InputStream input = file.equals(STDIN) ? System.in : new FileInputStream(file)) {
                    LineBatches batches = new LineBatches(input, batchRows, format(file), wait);
                    RowSender sender = new RowSender(
                            tidemark::daemon,
                            dataset,
                            format(file),
                            patience,
                            () -> file.equals(STDIN) && isWrittenTo(batches));
                    long before = 0;
                    for (byte[] batch = batches.next(); batch.length > 0; batch = batches.next()) {
                        acknowledged = acknowledged.plus(send(sender, batch, before));
                        before = batches.linesRead();
                        progress.at(acknowledged.rows() + " rows are stored");
                    }
                }
            }
        } finally {
            console.out().println(acknowledged.toJson());
        }
        return 0;
    }

    /** Who goes on writing into a pipe may have been started before the daemon was. */
    private boolean isWrittenTo(LineBatches batches) {
        boolean ended = batches.isEnded(END_OF_INPUT);
        if (!ended && !saidThatItWaits) {
            saidThatItWaits = true;
            console.talk().println("no daemon runs on " + tidemark.data().path() + " yet: waiting for one");
        }
        return !ended;
    }

    private Duration linger() throws CommandException {
        try {
            return Readings.duration(linger);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, "--linger: " + e.getMessage());
        }
    }

    private BodyFormat format(String file) throws CommandException {
        String named = format;
        for (BodyFormat each : BodyFormat.values()) {
            if (named == null ? file.endsWith("." + each.word()) : each.word().equals(named)) {
                return each;
            }
        }
        if (named != null) {
            throw new CommandException(CommandException.USAGE, "--format: one of ndjson, json, csv, arrow");
        }
        return BodyFormat.NDJSON;
    }

    private static JsonNode send(RowSender sender, byte[] batch, long before)
            throws IOException, InterruptedException, CommandException {
        try {
            return DaemonClient.json(sender.send(batch));
        } catch (CommandException e) {
            throw new CommandException(e.exitCode(), "after line " + before + " of the input: " + e.getMessage());
        } catch (IOException e) {
            throw new IOException(
                    "no answer for the lines after " + before + ": whether they are stored is not known", e);
        }
    }
}
