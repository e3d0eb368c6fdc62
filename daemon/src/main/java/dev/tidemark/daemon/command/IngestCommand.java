// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code ingest}: rows from a file or from stdin becomes rows of a dataset.
 *
 * <p>A batch whose answer was lost is sent again, and stored once. It stops at the first batch that is refused, or that
 * nobody answers for a while, and says how far it came.
 */
@Command(name = "ingest", description = "Sends rows from a file or from stdin, in batches.")
final class IngestCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    private static final String STDIN = "-";

    @Parameters(index = "0", paramLabel = "DATASET", description = "the dataset")
    private String dataset = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "- for stdin")
    private String file = STDIN;

    @Option(names = "--batch-rows", paramLabel = "N", description = "rows of a request at most")
    private int batchRows = 5000;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "ndjson, json, csv or arrow; else by the file's name")
    private @Nullable String format;

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
        Acknowledged acknowledged = new Acknowledged(0, null, null);
        RowSender sender = new RowSender(tidemark::daemon, dataset, format());
        try (InputStream input = file.equals(STDIN) ? System.in : new FileInputStream(file)) {
            LineBatches batches = new LineBatches(input, batchRows, format());
            long before = 0;
            for (byte[] batch = batches.next(); batch.length > 0; batch = batches.next()) {
                acknowledged = acknowledged.plus(send(sender, batch, before));
                before = batches.linesRead();
            }
        } finally {
            console.out().println(acknowledged.toJson());
        }
        return 0;
    }

    private BodyFormat format() throws CommandException {
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
