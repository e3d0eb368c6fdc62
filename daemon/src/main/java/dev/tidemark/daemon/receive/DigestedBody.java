// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.receive;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A body that is hashed while it is read, as it travelled, for its Content-Digest (RFC 9530). */
public final class DigestedBody extends FilterInputStream {
    private static final Pattern SHA_256 = Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/=]+):");
    private static final int SCRAP_BYTES = 8192;

    private final MessageDigest sha256;

    public DigestedBody(InputStream in) {
        super(in);
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * Reads what is left, at most so much, and holds the whole against a header; one without a SHA-256 says nothing.
     */
    public void check(String header, long leftMax) throws IOException, RefusedException {
        Matcher said = SHA_256.matcher(header);
        if (!said.find()) {
            return;
        }
        byte[] scrap = new byte[SCRAP_BYTES];
        long left = leftMax;
        int count = read(scrap, 0, scrap.length);
        while (count >= 0 && left > 0) {
            left -= count;
            count = read(scrap, 0, scrap.length);
        }
        if (!Base64.getEncoder().encodeToString(sha256.digest()).equals(said.group(1))) {
            throw Problem.of(Slug.DIGEST, "the bytes that came are not those of the Content-Digest")
                    .hinting("send it again")
                    .refused();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = in.read(bytes, offset, length);
        if (count > 0) {
            sha256.update(bytes, offset, count);
        }
        return count;
    }
}
