// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * The plain bytes of a gzip stream: all its members (RFC 1952), each checked to its end, and nothing behind the last.
 *
 * <p>The JDK's own reader takes whatever goes wrong where a further member may begin for the end of the stream, a cut
 * connection included, and so would answer for rows that it never saw.
 */
final class GunzippedBody extends InputStream {
    private static final int BUFFER_BYTES = 8192;
    private static final int DEFLATED = 8;
    private static final int HEADER_CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int FLAGS_UNKNOWN = 0xE0;
    private static final int TIME_SYSTEM_BYTES = 6;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;
    private boolean inMember;
    private boolean ended;

    /** Opens the first member; a stream without one is not gzip. */
    GunzippedBody(InputStream in) throws IOException {
        this.in = in;
        if (!openMember()) {
            throw new EOFException("no gzip member");
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            if (!inMember) {
                ended = !openMember();
                continue;
            }
            int count = inflate(bytes, offset, length);
            if (count > 0) {
                checksum.update(bytes, offset, count);
                return count;
            }
            if (inflater.finished()) {
                at = end - inflater.getRemaining();
                closeMember();
            } else if (inflater.needsDictionary()) {
                throw new ZipException("a gzip member needs no dictionary");
            } else {
                if (at == end && !fill()) {
                    throw new EOFException("a gzip member ends too early");
                }
                inflater.setInput(buffer, at, end - at);
                at = end;
            }
        }
        return -1;
    }

    private int inflate(byte[] bytes, int offset, int length) throws ZipException {
        try {
            return inflater.inflate(bytes, offset, length);
        } catch (DataFormatException e) {
            ZipException damaged = new ZipException("a gzip member is damaged");
            damaged.initCause(e);
            throw damaged;
        }
    }

    /** Reads a member's header; false at the end of the stream. */
    private boolean openMember() throws IOException {
        if (at == end && !fill()) {
            return false;
        }
        if (octet() != 0x1F || octet() != 0x8B || octet() != DEFLATED) {
            throw new ZipException("not a gzip member");
        }
        int flags = octet();
        if ((flags & FLAGS_UNKNOWN) != 0) {
            throw new ZipException("a gzip member of a kind that is not known");
        }
        skip(TIME_SYSTEM_BYTES);
        if ((flags & EXTRA) != 0) {
            skip(octet() | octet() << 8);
        }
        if ((flags & NAME) != 0) {
            skipText();
        }
        if ((flags & COMMENT) != 0) {
            skipText();
        }
        if ((flags & HEADER_CHECKSUM) != 0) {
            skip(2);
        }
        inflater.reset();
        checksum.reset();
        inMember = true;
        return true;
    }

    private void closeMember() throws IOException {
        if (number() != checksum.getValue() || number() != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
            throw new ZipException("a gzip member is damaged");
        }
        inMember = false;
    }

    private long number() throws IOException {
        long low = octet() | octet() << 8;
        long high = octet() | octet() << 8;
        return low | high << 16;
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            octet();
        }
    }

    private void skipText() throws IOException {
        int octet;
        do {
            octet = octet();
        } while (octet != 0);
    }

    private int octet() throws IOException {
        if (at == end && !fill()) {
            throw new EOFException("a gzip member ends too early");
        }
        return buffer[at++] & 0xFF;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        return end > 0;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
