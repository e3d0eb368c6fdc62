// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Timeouts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The objects of a bucket as files: each is created once, in a stream or at a stroke, and is read in ranges.
 *
 * <p>Whatever is created bears a mark of its own in its metadata, so that after an answer that was lost, looking tells
 * whether it was this request that created it (I15).
 */
public final class BucketFiles implements AutoCloseable {
    private static final String MARK = "tidemark-write";
    private static final String BYTES = "application/octet-stream";
    private static final int SERVER_ERRORS = 500;

    private final S3Connection connection;
    private final Bucket bucket;

    /** Asks nothing of the server yet. */
    public BucketFiles(Bucket bucket, Timeouts timeouts) {
        this(bucket, timeouts, Pace.unlimited());
    }

    /**
     * Asks nothing of the server yet.
     *
     * @param pace at which bytes go out
     */
    public BucketFiles(Bucket bucket, Timeouts timeouts, Pace pace) {
        this.connection = new S3Connection(bucket, timeouts, pace, UnaryOperator.identity());
        this.bucket = bucket;
    }

    /** An object that is there. */
    public record Found(String key, Instant modified) {}

    /** Begins an object whose name nobody else has; it is there when the stream was closed. */
    public OutputStream create(String key) {
        return new BucketStream(connection, this, key);
    }

    /**
     * Creates an object at a stroke, unless somebody has its name.
     *
     * @return false when somebody has it; theirs is untouched
     * @throws IOException when it is not known whether it is there
     */
    public boolean createOnly(String key, byte[] content) throws IOException {
        return createOnly(key, content, content.length);
    }

    boolean createOnly(String key, byte[] content, int length) throws IOException {
        Map<String, String> mark = newMark();
        return isOurs(
                key,
                mark,
                () -> connection
                        .client()
                        .putObject(
                                connection
                                        .creation(key, mark)
                                        .storageClass(bucket.storageClass())
                                        .build(),
                                body(content, length)));
    }

    static Map<String, String> newMark() {
        return Map.of(MARK, UUID.randomUUID().toString());
    }

    static RequestBody body(byte[] content, int length) {
        return RequestBody.fromContentProvider(() -> new ByteArrayInputStream(content, 0, length), length, BYTES);
    }

    /** Sends a request that creates an object with a mark, and tells whether it did; fails when that is not known. */
    boolean isOurs(String key, Map<String, String> mark, Runnable request) throws IOException {
        try {
            request.run();
            return true;
        } catch (SdkException failure) {
            IOException unknown = connection.failed("create " + key, failure);
            if (failure instanceof S3Exception answer && isRefusal(answer.statusCode())) {
                throw unknown;
            }
            Optional<Map<String, String>> there;
            try {
                there = head(key).map(HeadObjectResponse::metadata);
            } catch (IOException e) {
                unknown.addSuppressed(e);
                throw unknown;
            }
            // That there is nothing now does not say that nothing is on its way.
            return Objects.equals(
                    mark.get(MARK), there.orElseThrow(() -> unknown).get(MARK));
        }
    }

    /** Whether an answer says that the request was not what the server takes, whoever has the name. */
    private static boolean isRefusal(int status) {
        return status < SERVER_ERRORS
                && status != HttpURLConnection.HTTP_PRECON_FAILED
                && status != HttpURLConnection.HTTP_CONFLICT
                && status != HttpURLConnection.HTTP_CLIENT_TIMEOUT;
    }

    /** Puts an object under a name, whatever had it before. */
    public void replace(String key, byte[] content) throws IOException {
        try {
            connection.client().putObject(connection.replacement(key).build(), RequestBody.fromBytes(content));
        } catch (SdkException e) {
            throw connection.failed("replace " + key, e);
        }
    }

    /** The bytes of an object; empty when there is none. */
    public Optional<Long> size(String key) throws IOException {
        return head(key).map(HeadObjectResponse::contentLength);
    }

    private Optional<HeadObjectResponse> head(String key) throws IOException {
        try {
            return Optional.of(connection
                    .client()
                    .headObject(head -> head.bucket(bucket.name()).key(key)));
        } catch (SdkException e) {
            if (isMissing(e)) {
                return Optional.empty();
            }
            throw connection.failed("look at " + key, e);
        }
    }

    private static boolean isMissing(SdkException failure) {
        return failure instanceof S3Exception answer && answer.statusCode() == HttpURLConnection.HTTP_NOT_FOUND;
    }

    /**
     * Reads so many bytes of an object, all of which are there.
     *
     * @throws NoSuchFileException when there is none
     */
    public byte[] read(String key, long from, int count) throws IOException {
        try {
            byte[] read = connection
                    .client()
                    .getObject(
                            get -> get.bucket(bucket.name()).key(key).range("bytes=" + from + "-" + (from + count - 1)),
                            ResponseTransformer.toBytes())
                    .asByteArrayUnsafe();
            if (read.length != count) {
                throw new IOException(bucket.place() + ": " + key + ": asked for " + count + " bytes from " + from
                        + " and got " + read.length);
            }
            return read;
        } catch (SdkException e) {
            if (isMissing(e)) {
                throw (IOException) new NoSuchFileException(key).initCause(e);
            }
            throw connection.failed("read " + key, e);
        }
    }

    /** The objects in a folder and below it. */
    public List<Found> list(String folder) throws IOException {
        try {
            return connection
                    .client()
                    .listObjectsV2Paginator(list -> list.bucket(bucket.name()).prefix(folder))
                    .contents()
                    .stream()
                    .map(object -> new Found(object.key(), object.lastModified()))
                    .toList();
        } catch (SdkException e) {
            throw connection.failed("list " + folder, e);
        }
    }

    /** The names of the folders directly in a folder, sorted. */
    public List<String> folders(String folder) throws IOException {
        try {
            return connection
                    .client()
                    .listObjectsV2Paginator(
                            list -> list.bucket(bucket.name()).prefix(folder).delimiter("/"))
                    .commonPrefixes()
                    .stream()
                    .map(CommonPrefix::prefix)
                    .map(prefix -> prefix.substring(folder.length(), prefix.length() - 1))
                    .sorted()
                    .toList();
        } catch (SdkException e) {
            throw connection.failed("list " + folder, e);
        }
    }

    /** Removes an object; one that is gone is no error. */
    public void delete(String key) throws IOException {
        connection.delete(key);
    }

    /**
     * Why the bucket cannot hold such files; empty when it can.
     *
     * @param key of an object that may be created for the answer, and stays
     */
    public Optional<String> unfit(String key) throws IOException {
        return new ConditionProbe(connection).unfit(key);
    }

    /** Ends what is under way; any thread may ask. */
    public void cancel() {
        connection.stop();
    }

    /** Lets go of connections. */
    @Override
    public void close() {
        connection.close();
    }
}
