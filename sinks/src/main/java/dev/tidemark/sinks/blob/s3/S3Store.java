// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.sinks.DeliveredObject.Source;
import dev.tidemark.sinks.S3Destination;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.blob.BlobStore;
import dev.tidemark.sinks.blob.ObjectFacts;
import dev.tidemark.sinks.blob.ObjectName;
import dev.tidemark.sinks.blob.Put;
import dev.tidemark.sinks.blob.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A bucket in which an object has its name only when all of it is there, and gets it once (I10).
 *
 * <p>What is no bigger than a part is put in one request, on the condition that the name is free; anything bigger goes in
 * parts, and the same condition is on their completion. Whatever is not known to have happened is looked at (I15): the
 * facts in an object's metadata say whose rows it has.
 */
public final class S3Store implements BlobStore {
    private static final String NONE_THERE = "*";
    private static final int TEXT_BYTES_MAX = 4096;
    private static final int NAMES_MAX = 1_000_000;
    private static final int SERVER_ERRORS = 500;

    private final Bucket bucket;
    private final Disk disk;
    private final StoppableHttp http;
    private final S3Client client;

    /** Uploads of which it is not known whether they were completed, by key; ended when that is known. */
    private final Map<String, String> uncertain = new ConcurrentHashMap<>();

    /** Asks nothing of the server yet. */
    public S3Store(S3Destination destination, Disk disk) {
        this(destination, disk, UnaryOperator.identity());
    }

    /** @param wire what stands between the SDK and the network */
    S3Store(S3Destination destination, Disk disk, UnaryOperator<SdkHttpClient> wire) {
        this.bucket = destination.bucket();
        this.disk = disk;
        S3Destination.Timeouts timeouts = destination.timeouts();
        this.http = new StoppableHttp(wire.apply(UrlConnectionHttpClient.builder()
                .connectionTimeout(timeouts.connect())
                .socketTimeout(timeouts.read())
                .build()));
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(http)
                .region(Region.of(bucket.region()))
                .credentialsProvider(credentials())
                .forcePathStyle(bucket.addressing() == Addressing.PATH)
                // One layer retries, and that is the loop.
                .overrideConfiguration(override -> override.retryStrategy(DefaultRetryStrategy.doNotRetry())
                        .apiCallTimeout(timeouts.call())
                        .apiCallAttemptTimeout(timeouts.call()));
        if (bucket.endpoint() != null) {
            builder.endpointOverride(bucket.endpoint());
        }
        this.client = builder.build();
    }

    private AwsCredentialsProvider credentials() {
        S3Destination.Credentials given = bucket.credentials();
        return given == null
                ? DefaultCredentialsProvider.builder().build()
                : StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        given.accessKey().value(), given.secretKey().value()));
    }

    @Override
    public String place() {
        return bucket.place();
    }

    @Override
    public void cancel() {
        http.stop();
    }

    @Override
    public void close() {
        client.close();
        http.close();
    }

    @Override
    public Put create(String key, Path content, ObjectFacts facts) throws IOException {
        long length;
        try (DiskFile file = disk.read(content)) {
            length = file.size();
        }
        if (length > bucket.partBytes()) {
            return createInParts(key, content, length, facts);
        }
        PutObjectRequest request = PutObjectRequest.builder()
                .bucket(bucket.name())
                .key(key)
                .ifNoneMatch(NONE_THERE)
                .metadata(facts.named())
                .serverSideEncryption(bucket.encryption())
                .storageClass(bucket.storageClass())
                .build();
        RequestBody body = new FilePart(disk, content, 0, length).body();
        return create(key, length, () -> client.putObject(request, body));
    }

    /** One request that creates, and what became of it. */
    private Put create(String key, long length, Runnable request) throws IOException {
        try {
            request.run();
            return new Put.Created(length);
        } catch (SdkException e) {
            return afterFailure(key, e);
        } catch (UncheckedIOException e) {
            return look(key, e.toString());
        }
    }

    private Put afterFailure(String key, SdkException failure) throws IOException {
        if (failure instanceof S3Exception answer && answer.statusCode() < SERVER_ERRORS) {
            int status = answer.statusCode();
            if (status == HttpURLConnection.HTTP_PRECON_FAILED) {
                return new Put.Taken();
            }
            if (status != HttpURLConnection.HTTP_CONFLICT && status != HttpURLConnection.HTTP_CLIENT_TIMEOUT) {
                throw failed("create " + key, failure);
            }
        }
        return look(key, describe(failure));
    }

    /** That there is nothing now does not say that nothing is on its way. */
    private Put look(String key, String why) {
        try {
            client.headObject(head -> head.bucket(bucket.name()).key(key));
            return new Put.Taken();
        } catch (SdkException e) {
            return new Put.Unknown(why);
        }
    }

    private Put createInParts(String key, Path content, long length, ObjectFacts facts) throws IOException {
        endUncertain(key);
        String upload = begin(key, facts.named());
        List<CompletedPart> parts;
        try {
            parts = upload(key, upload, content, length);
        } catch (IOException e) {
            end(key, upload);
            throw e;
        }
        Put put = create(key, length, () -> complete(key, upload, parts));
        switch (put) {
            case Put.Created created -> {}
            case Put.Taken taken -> end(key, upload);
            case Put.Unknown unknown -> uncertain.put(key, upload);
        }
        return put;
    }

    private String begin(String key, Map<String, String> facts) throws IOException {
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

    private List<CompletedPart> upload(String key, String upload, Path content, long length) throws IOException {
        List<CompletedPart> parts = new ArrayList<>();
        for (long from = 0; from < length; from += bucket.partBytes()) {
            FilePart part = new FilePart(disk, content, from, Math.min(bucket.partBytes(), length - from));
            parts.add(upload(key, upload, parts.size() + 1, part.body()));
        }
        return parts;
    }

    private CompletedPart upload(String key, String upload, int number, RequestBody body) throws IOException {
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

    private void complete(String key, String upload, List<CompletedPart> parts) {
        client.completeMultipartUpload(request -> request.bucket(bucket.name())
                .key(key)
                .uploadId(upload)
                .ifNoneMatch(NONE_THERE)
                .multipartUpload(all -> all.parts(parts)));
    }

    /** Its parts are no object and never will be one. */
    private void end(String key, String upload) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket.name()).key(key).uploadId(upload));
        } catch (SdkException e) {
            // Parts that stay cost room and nothing else, and a bucket's lifecycle takes them.
            return;
        }
    }

    private void endUncertain(String key) {
        String upload = uncertain.remove(key);
        if (upload != null) {
            end(key, upload);
        }
    }

    @Override
    public OptionalLong accept(String key, Path content, ObjectFacts facts) throws IOException {
        try {
            HeadObjectResponse there =
                    client.headObject(head -> head.bucket(bucket.name()).key(key));
            if (!facts.areOf(there.metadata())) {
                return OptionalLong.empty();
            }
            endUncertain(key);
            return OptionalLong.of(there.contentLength());
        } catch (SdkException e) {
            throw failed("look at " + key, e);
        }
    }

    /**
     * Creates one small object twice, in one request and in parts: the second and the third time the server has to say
     * that it is there.
     */
    @Override
    public Optional<String> unfit(String key) throws IOException {
        Put first = createText(key, "tidemark\n");
        Put again = first instanceof Put.Created ? createText(key, "tidemark\n") : first;
        if (again instanceof Put.Unknown(String why)) {
            throw new IOException(place() + " cannot be probed: " + why);
        }
        if (again instanceof Put.Created) {
            return Optional.of(place() + " does not honour If-None-Match: it took " + key + " a second time");
        }
        String upload = begin(key, Map.of());
        try {
            CompletedPart part = upload(key, upload, 1, RequestBody.fromString("tidemark\n"));
            complete(key, upload, List.of(part));
        } catch (S3Exception e) {
            end(key, upload);
            if (e.statusCode() == HttpURLConnection.HTTP_PRECON_FAILED) {
                return Optional.empty();
            }
            throw failed("probe " + key, e);
        } catch (SdkException e) {
            throw failed("probe " + key, e);
        }
        return Optional.of(place() + " does not honour If-None-Match when an upload is completed: it replaced " + key);
    }

    @Override
    public Put createText(String key, String text) throws IOException {
        PutObjectRequest request = PutObjectRequest.builder()
                .bucket(bucket.name())
                .key(key)
                .ifNoneMatch(NONE_THERE)
                .serverSideEncryption(bucket.encryption())
                .build();
        return create(key, text.length(), () -> client.putObject(request, RequestBody.fromString(text)));
    }

    @Override
    public String readText(String key) throws IOException {
        try (ResponseInputStream<GetObjectResponse> body =
                client.getObject(get -> get.bucket(bucket.name()).key(key))) {
            String text = new String(body.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8);
            body.abort();
            return text;
        } catch (SdkException e) {
            throw failed("read " + key, e);
        }
    }

    @Override
    public List<String> list(String folder) throws IOException {
        return list(folder, "");
    }

    @Override
    public List<String> list(String folder, String after) throws IOException {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(bucket.name())
                .prefix(folder)
                .delimiter("/")
                .startAfter(after.isEmpty() ? null : folder + after)
                .build();
        List<String> names = new ArrayList<>();
        try {
            for (S3Object object : client.listObjectsV2Paginator(request).contents()) {
                names.add(object.key().substring(folder.length()));
                if (names.size() > NAMES_MAX) {
                    throw new IOException(place() + " has more than " + NAMES_MAX + " objects in " + folder);
                }
            }
        } catch (SdkException e) {
            throw failed("list " + folder, e);
        }
        return names;
    }

    @Override
    public List<StoredObject> describe(String folder, List<ObjectName> objects) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        for (ObjectName name : objects) {
            try {
                HeadObjectResponse there =
                        client.headObject(head -> head.bucket(bucket.name()).key(folder + name));
                found.add(new StoredObject(
                        name.toString(),
                        there.contentLength(),
                        null,
                        there.metadata(),
                        there.lastModified().toString(),
                        Source.METADATA));
            } catch (SdkException e) {
                if (!isAbsent(e)) {
                    throw failed("look at " + folder + name, e);
                }
            }
        }
        return found;
    }

    private static boolean isAbsent(SdkException failure) {
        return failure instanceof S3Exception answer && answer.statusCode() == HttpURLConnection.HTTP_NOT_FOUND;
    }

    @Override
    public void delete(String key) throws IOException {
        try {
            client.deleteObject(request -> request.bucket(bucket.name()).key(key));
        } catch (SdkException e) {
            throw failed("delete " + key, e);
        }
    }

    private IOException failed(String what, RuntimeException cause) {
        return new IOException(place() + ": cannot " + what + ": " + describe(cause), cause);
    }

    private static String describe(RuntimeException failure) {
        if (failure instanceof S3Exception answer && answer.awsErrorDetails() != null) {
            return answer.statusCode() + " " + answer.awsErrorDetails().errorCode() + ": "
                    + answer.awsErrorDetails().errorMessage();
        }
        return String.valueOf(failure.getMessage());
    }
}
