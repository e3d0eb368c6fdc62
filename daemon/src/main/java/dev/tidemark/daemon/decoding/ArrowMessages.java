// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageChannelReader;
import org.apache.arrow.vector.ipc.message.MessageResult;
import org.jspecify.annotations.Nullable;

/** The messages of a body that {@link ArrowFraming} has checked; it knows the last one's memory, which Arrow forgets when it is damaged. */
final class ArrowMessages extends MessageChannelReader {
    private @Nullable ArrowBuf last;

    ArrowMessages(byte[] body, int length, BufferAllocator memory) {
        super(new ReadChannel(Channels.newChannel(new ByteArrayInputStream(body, 0, length))), memory);
    }

    @Override
    public @Nullable MessageResult readNext() throws IOException {
        MessageResult next = super.readNext();
        last = next == null ? null : next.getBodyBuffer();
        return next;
    }

    /** Gives back what the reader did not; after the reader is closed. */
    void forget() {
        if (last != null && last.refCnt() > 0) {
            last.getReferenceManager().release(last.refCnt());
        }
        last = null;
    }
}
