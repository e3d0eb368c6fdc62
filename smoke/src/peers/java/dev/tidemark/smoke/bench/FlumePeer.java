// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.flume.Context;
import org.apache.flume.Transaction;
import org.apache.flume.channel.file.FileChannel;
import org.apache.flume.channel.file.FileChannelConfiguration;
import org.apache.flume.event.EventBuilder;

/** Flume's file channel with its defaults, of which one is fsyncPerTransaction: one event a record, one transaction an append. */
final class FlumePeer implements PeerLog {
    private final List<List<byte[]>> batches;
    private final int rowsOfRecord;
    private final Counted channel = new Counted();

    FlumePeer(Path directory, PeerShape shape, List<List<byte[]>> batches, int rowsOfRecord) throws IOException {
        this.batches = batches;
        this.rowsOfRecord = rowsOfRecord;
        Context context = new Context();
        context.put(FileChannelConfiguration.CHECKPOINT_DIR, directory.resolve("checkpoint").toString());
        context.put(FileChannelConfiguration.DATA_DIRS, directory.resolve("data").toString());
        // It makes room for its whole capacity when it opens.
        context.put(FileChannelConfiguration.CAPACITY, Long.toString(2 * shape.rows() + shape.batchRows()));
        context.put(FileChannelConfiguration.TRANSACTION_CAPACITY, Integer.toString(shape.batchRows()));
        channel.setName("peer");
        channel.configure(context);
        channel.start();
        if (!channel.isOpen()) {
            throw new IOException("the channel did not open");
        }
    }

    /** The channel, asked how many events it has. */
    private static final class Counted extends FileChannel {
        long events() {
            return getDepth();
        }
    }

    static void main(String[] arguments) throws IOException {
        PeerRun.main(arguments, (directory, shape) -> new FlumePeer(directory, shape, shape.lines(), 1));
    }

    @Override
    public void append(int batch) {
        Transaction transaction = channel.getTransaction();
        transaction.begin();
        for (byte[] row : batches.get(batch)) {
            channel.put(EventBuilder.withBody(row));
        }
        // Durable: the commit syncs the data file.
        transaction.commit();
        transaction.close();
    }

    @Override
    public long rows() {
        return channel.events() * rowsOfRecord;
    }

    @Override
    public void close() {
        channel.stop();
    }
}
