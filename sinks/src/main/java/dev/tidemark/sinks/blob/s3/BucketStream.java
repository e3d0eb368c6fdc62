// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * What becomes one object when it is closed: one request, or parts when there is more than one of them.
 *
 * <p>After a failure there is no object of it, and closing does not make one.
 */
final class BucketStream extends OutputStream {
    private static final int BUFFER_BYTES = 64 << 10;

    private final S3Connection connection;
    private final BucketFiles files;
    private final String key;
    private final Map<String, String> mark = BucketFiles.newMark();
    private final List<CompletedPart> parts = new ArrayList<>();
    private byte[] buffer = new byte[BUFFER_BYTES];
    private int count;
    private @Nullable String upload;
    private boolean closed;

    BucketStream(S3Connection connection, BucketFiles files, String key) {
        this.connection = connection;
        this.files = files;
        this.key = key;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException(key + " was given up, or is whole");
        }
        int partBytes = Math.toIntExact(connection.bucket().partBytes());
        int from = offset;
        int left = length;
        while (left > 0) {
            if (count == partBytes) {
                sendPart();
            }
            int some = Math.min(left, partBytes - count);
            if (count + some > buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.min(partBytes, Math.max(buffer.length * 2, count + some)));
            }
            System.arraycopy(bytes, from, buffer, count, some);
            count += some;
            from += some;
            left -= some;
        }
    }

    private void sendPart() throws IOException {
        try {
            if (upload == null) {
                upload = connection.begin(key, mark);
            }
            parts.add(connection.upload(key, upload, parts.size() + 1, BucketFiles.body(buffer, count)));
            count = 0;
        } catch (IOException e) {
            giveUp();
            throw e;
        }
    }

    private void giveUp() {
        closed = true;
        buffer = new byte[0];
        if (upload != null) {
            connection.end(key, upload);
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        boolean ours;
        if (upload == null) {
            closed = true;
            ours = files.createOnly(key, buffer, count);
        } else {
            sendPart();
            closed = true;
            String whole = upload;
            ours = files.isOurs(key, mark, () -> connection.complete(key, whole, parts));
        }
        buffer = new byte[0];
        if (!ours) {
            throw new FileAlreadyExistsException(key);
        }
    }
}
