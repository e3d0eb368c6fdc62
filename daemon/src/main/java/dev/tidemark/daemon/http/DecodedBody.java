// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/** A request's body in memory, its content encoding taken off. */
final class DecodedBody {
    /** Room is taken for what has come and a few times that, never for what is only announced. */
    private static final int FIRST_BYTES = 8 << 10;

    private static final int GROWTH = 4;
    private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
    private static final String IDENTITY = "identity";
    private static final String GZIP = "gzip";
    /** Means the same (RFC 9110, 8.4.1.3). */
    private static final String OLD_GZIP = "x-gzip";

    private static final String ZSTD = "zstd";

    /** As much of what came before as a sender may make its receiver keep: 8 MiB. */
    private static final int ZSTD_WINDOW_LOG_MAX = 23;

    private byte[] bytes = new byte[0];
    private int length;

    private DecodedBody() {}

    /** Reads the whole body, at most {@code max} decoded bytes of it, on the lease. */
    static DecodedBody read(Request request, long max, HeapBudget.Lease lease) throws IOException, RefusedException {
        return read(request, request.body(), max, lease);
    }

    /** The same of a request whose body somebody else looks at too. */
    static DecodedBody read(Request request, InputStream in, long max, HeapBudget.Lease lease)
            throws IOException, RefusedException {
        DecodedBody body = new DecodedBody();
        switch (request.header("Content-Encoding").orElse("").strip().toLowerCase(Locale.ROOT)) {
            case "", IDENTITY -> {
                OptionalLong announced = announced(request);
                if (announced.orElse(0) > max) {
                    throw tooLarge(max);
                }
                body.fill(in, announced.orElse(max), max, lease);
            }
            case GZIP, OLD_GZIP -> body.unzip(in, max, lease);
            case ZSTD -> body.unpack(in, max, lease);
            default ->
                throw Problem.of(Slug.CONTENT_ENCODING, "bodies with this content encoding are not taken")
                        .hinting("send gzip, zstd, or none")
                        .refused();
        }
        return body;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    private void unzip(InputStream in, long max, HeapBudget.Lease lease) throws IOException, RefusedException {
        try (GunzippedBody plain = new GunzippedBody(in)) {
            fill(plain, max, max, lease);
        } catch (ZipException | EOFException e) {
            throw Problem.of(Slug.CONTENT_ENCODING, "the body is not whole gzip, as its content encoding says")
                    .refused();
        }
    }

    private void unpack(InputStream in, long max, HeapBudget.Lease lease) throws IOException, RefusedException {
        try (ZstdInputStream plain = new ZstdInputStream(new StaysOpen(in)).setLongMax(ZSTD_WINDOW_LOG_MAX)) {
            fill(plain, max, max, lease);
        } catch (ZstdIOException e) {
            throw Problem.of(Slug.CONTENT_ENCODING, "the body is not whole zstd, as its content encoding says")
                    .refused();
        }
    }

    /** What is left of a refused body is still to be read. */
    private static final class StaysOpen extends FilterInputStream {
        StaysOpen(InputStream in) {
            super(in);
        }

        @Override
        public void close() {
            // The server closes it.
        }
    }

    private void fill(InputStream in, long expected, long max, HeapBudget.Lease lease)
            throws IOException, RefusedException {
        // One byte more than may come, so that too much is seen.
        long most = Math.min(max, expected) + 1;
        long room = Math.min(most, FIRST_BYTES);
        while (true) {
            lease.growTo(room);
            bytes = Arrays.copyOf(bytes, (int) room);
            int read = in.readNBytes(bytes, length, bytes.length - length);
            length += read;
            if (length > max) {
                throw tooLarge(max);
            }
            if (length < bytes.length) {
                return;
            }
            room = Math.min(most, room * GROWTH);
        }
    }

    private static OptionalLong announced(Request request) {
        return request.header("Content-Length").stream()
                .filter(text -> LENGTH.matcher(text).matches())
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static RefusedException tooLarge(long max) {
        return Problem.of(Slug.BODY_TOO_LARGE, "the decoded body has more bytes than one request may bring")
                .limitedTo(max)
                .hinting("send the rows in several requests")
                .refused();
    }
}
