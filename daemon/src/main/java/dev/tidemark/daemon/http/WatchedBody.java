// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A request's body, whose failures say that the sender is at fault, not the disk, and which must not take for ever. */
final class WatchedBody extends InputStream {
    private static final HeaderName EXPECT = HeaderNames.create("Expect");

    /** What is still read of a refused body, so that its sender gets to see the answer. */
    private static final long DRAINED_MAX = 64L << 20;

    private final ServerRequest request;
    private final Patience patience;
    private final long begun;
    private final boolean absent;
    private @Nullable InputStream stream;
    private long total;
    private boolean ended;
    private boolean garbled;

    WatchedBody(ServerRequest request, Patience patience) {
        this.request = request;
        this.patience = patience;
        this.begun = patience.now();
        absent = !request.content().hasEntity();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (absent || ended) {
            return -1;
        }
        patience.await(begun, total);
        try {
            // Asked for late, because asking tells a client that waits for it to send.
            stream = stream == null ? request.content().inputStream() : stream;
            int read = stream.read(bytes, offset, length);
            ended = read < 0;
            total += Math.max(0, read);
            return read;
        } catch (IOException | RuntimeException e) {
            ended = true;
            // What is no number of bytes, or no end of a chunk; a number that cannot be read is the server's word for
            // the first.
            garbled = e instanceof RequestException || e instanceof IllegalArgumentException;
            throw new CutOffException(e);
        } finally {
            if (!patience.arrived()) {
                ended = true;
            }
        }
    }

    /** Whether what came is no body, so that nobody knows where the next request begins. */
    boolean isGarbled() {
        return garbled;
    }

    /** Reads on to the end; false when the connection cannot be used again because that is too far. */
    boolean drain() throws IOException {
        if (absent || ended) {
            return true;
        }
        if (stream == null && request.headers().contains(EXPECT)) {
            return false;
        }
        byte[] scrap = new byte[8192];
        long left = DRAINED_MAX;
        int read = 0;
        while (left > 0 && read >= 0) {
            read = read(scrap, 0, scrap.length);
            left -= Math.max(0, read);
        }
        return read < 0;
    }
}
