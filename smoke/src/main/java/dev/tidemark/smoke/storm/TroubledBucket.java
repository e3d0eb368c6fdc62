// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * A bucket that speaks S3, behind a shaky link, in a mood that a seed chooses.
 *
 * <p>It refuses an object, or takes it and says that it failed, whether the object comes whole or in parts. What it took
 * lies in a directory as it was sent.
 */
public final class TroubledBucket implements AutoCloseable {
    public static final String NAME = "smoke";

    private static final int PERCENT = 100;
    private static final int UNAVAILABLE = 503;
    private static final int FAILED = 500;

    private final Path root;
    private final S3Proxy server;
    private final ShakyLink link;
    private final Random random;
    private volatile int troublePercent;
    private long refused;
    private long lied;

    public TroubledBucket(Path root, long seed, int troublePercent, int cutPercent) throws IOException {
        this.root = root;
        this.random = new Random(seed);
        this.troublePercent = troublePercent;
        Files.createDirectories(root.resolve(NAME));
        server = S3Proxy.builder()
                .blobStore(new Moody(new FilesystemNio2BlobStore(root.toString())))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .build();
        try {
            server.start();
        } catch (Exception e) {
            throw new IOException("no bucket", e);
        }
        link = new ShakyLink(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()),
                random.nextLong(),
                cutPercent);
    }

    /** What a sink's {@code s3:} has to say to get here. */
    public String yaml() {
        return yaml(link.port());
    }

    /** The same by way of another port of this host. */
    public String yaml(int port) {
        return "{bucket: " + NAME + ", region: us-east-1, endpoint: \"http://127.0.0.1:" + port
                + "\", path_style: true, access_key: a, secret_key: s, part_size: 5MiB}";
    }

    /** Where it listens, behind its link. */
    public InetSocketAddress where() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), link.port());
    }

    /** Where the object or folder of this key lies. */
    public Path at(String key) {
        return root.resolve(NAME).resolve(key);
    }

    /** From here on so many of a hundred objects are refused or denied, and so many connections break off. */
    public void trouble(int percent, int cutPercent) {
        troublePercent = percent;
        link.trouble(cutPercent);
    }

    public void cut() {
        link.cut();
    }

    public synchronized String counts() {
        return "s3_cuts=" + link.cuts() + " s3_refused=" + refused + " s3_denied=" + lied;
    }

    private synchronized boolean refuses() {
        boolean so = random.nextInt(PERCENT) < troublePercent;
        refused += so ? 1 : 0;
        return so;
    }

    private synchronized boolean lies() {
        boolean so = random.nextInt(PERCENT) < troublePercent;
        lied += so ? 1 : 0;
        return so;
    }

    @Override
    public void close() throws IOException {
        link.close();
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("the bucket does not end", e);
        }
    }

    /** Fails before or after it has done what it was asked. */
    private final class Moody extends ForwardingBlobStore {
        Moody(BlobStore store) {
            super(store);
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream content) {
            beforehand();
            PutObjectResponse done = super.putBlob(request, content);
            afterwards();
            return done;
        }

        @Override
        public CompleteMultipartUploadResponse completeMultipartUpload(
                MultipartUpload upload, CompleteMultipartUploadRequest request) {
            beforehand();
            CompleteMultipartUploadResponse done = super.completeMultipartUpload(upload, request);
            afterwards();
            return done;
        }

        private void beforehand() {
            if (refuses()) {
                throw S3Exceptions.fromStatusCode(UNAVAILABLE);
            }
        }

        private void afterwards() {
            if (lies()) {
                throw S3Exceptions.fromStatusCode(FAILED);
            }
        }
    }
}
