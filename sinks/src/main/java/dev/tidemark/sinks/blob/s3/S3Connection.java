// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.S3Destination;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** One bucket, and the requests by which an object comes into it; each is sent once. */
final class S3Connection implements AutoCloseable {
    private static final String NONE_THERE = "*";

    private final Bucket bucket;
    private final StoppableHttp http;
    private final S3Client client;
    private final @Nullable DefaultCredentialsProvider ofHost;

    /**
     * Asks nothing of the server yet.
     *
     * @param pace at which bytes go out
     * @param wire what stands between the SDK and the network
     */
    S3Connection(Bucket bucket, S3Destination.Timeouts timeouts, Pace pace, UnaryOperator<SdkHttpClient> wire) {
        this.bucket = bucket;
        this.ofHost = bucket.credentials() == null
                ? DefaultCredentialsProvider.builder().build()
                : null;
        // What the operator slowed down is not late; one request moves at most a part.
        Duration call = timeouts.call().plus(pace.time(bucket.partBytes()));
        this.http = new StoppableHttp(
                wire.apply(UrlConnectionHttpClient.builder()
                        .connectionTimeout(timeouts.connect())
                        .socketTimeout(timeouts.read())
                        .build()),
                timeouts.write(),
                pace);
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(http)
                .region(Region.of(bucket.region()))
                .credentialsProvider(credentials())
                .forcePathStyle(bucket.addressing() == Addressing.PATH)
                // One layer retries, and that is the loop.
                .overrideConfiguration(override -> override.retryStrategy(DefaultRetryStrategy.doNotRetry())
                        .apiCallTimeout(call)
                        .apiCallAttemptTimeout(call));
        if (bucket.endpoint() != null) {
            builder.endpointOverride(bucket.endpoint());
        }
        this.client = builder.build();
    }

    private AwsCredentialsProvider credentials() {
        S3Destination.Credentials given = bucket.credentials();
        if (given == null) {
            return Objects.requireNonNull(ofHost);
        }
        String key = given.accessKey().value();
        String secret = given.secretKey().value();
        return StaticCredentialsProvider.create(
                given.session() == null
                        ? AwsBasicCredentials.create(key, secret)
                        : AwsSessionCredentials.create(
                                key, secret, given.session().value()));
    }

    Bucket bucket() {
        return bucket;
    }

    S3Client client() {
        return client;
    }

    /** Ends the requests that are under way; any thread may ask. */
    void stop() {
        http.stop();
    }

    @Override
    public void close() {
        client.close();
        http.close();
        if (ofHost != null) {
            // The client closes no provider that it was given.
            ofHost.close();
        }
    }

    /** What puts an object under a name that nobody has. */
    PutObjectRequest.Builder creation(String key, Map<String, String> facts) {
        PutObjectRequest.Builder creation = replacement(key).metadata(facts);
        // durable: I10 bucket.create.condition
        creation.ifNoneMatch(NONE_THERE);
        return creation;
    }

    /** What puts an object under a name, whoever has it. */
    PutObjectRequest.Builder replacement(String key) {
        return PutObjectRequest.builder().bucket(bucket.name()).key(key).serverSideEncryption(bucket.encryption());
    }

    String begin(String key, Map<String, String> facts) throws IOException {
        try {
            return client.createMultipartUpload(CreateMultipartUploadRequest.builder()
                            .bucket(bucket.name())
                            .key(key)
                            .metadata(facts)
                            .serverSideEncryption(bucket.encryption())
                            .storageClass(bucket.storageClass())
                            .build())
                    .uploadId();
        } catch (SdkException e) {
            throw failed("begin " + key, e);
        }
    }

    CompletedPart upload(String key, String upload, int number, RequestBody body) throws IOException {
        try {
            UploadPartResponse stored = client.uploadPart(
                    request -> request.bucket(bucket.name())
                            .key(key)
                            .uploadId(upload)
                            .partNumber(number),
                    body);
            return CompletedPart.builder()
                    .partNumber(number)
                    .eTag(stored.eTag())
                    .checksumCRC32(stored.checksumCRC32())
                    .build();
        } catch (SdkException | UncheckedIOException e) {
            throw failed("upload part " + number + " of " + key, e);
        }
    }

    /** Makes an object of the parts, unless somebody has the name. */
    void complete(String key, String upload, List<CompletedPart> parts) {
        CompleteMultipartUploadRequest.Builder completion = CompleteMultipartUploadRequest.builder()
                .bucket(bucket.name())
                .key(key)
                .uploadId(upload)
                .multipartUpload(all -> all.parts(parts));
        // durable: I10 bucket.complete.condition
        completion.ifNoneMatch(NONE_THERE);
        client.completeMultipartUpload(completion.build());
    }

    /** Its parts are no object and never will be one. */
    void end(String key, String upload) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket.name()).key(key).uploadId(upload));
        } catch (SdkException e) {
            // Parts that stay cost room and nothing else, and a bucket's lifecycle takes them.
            return;
        }
    }

    void delete(String key) throws IOException {
        try {
            client.deleteObject(request -> request.bucket(bucket.name()).key(key));
        } catch (SdkException e) {
            throw failed("delete " + key, e);
        }
    }

    IOException failed(String what, RuntimeException cause) {
        return new IOException(bucket.place() + ": cannot " + what + ": " + describe(cause), cause);
    }

    static String describe(RuntimeException failure) {
        if (failure instanceof S3Exception answer && answer.awsErrorDetails() != null) {
            return answer.statusCode() + " " + answer.awsErrorDetails().errorCode() + ": "
                    + answer.awsErrorDetails().errorMessage();
        }
        return String.valueOf(failure.getMessage());
    }
}
