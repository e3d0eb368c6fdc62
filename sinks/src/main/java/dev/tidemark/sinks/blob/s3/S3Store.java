// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.sinks.DeliveredObject.Source;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.S3Destination;
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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket in which an object has its name only when all of it is there, and gets it once (I10).
 *
 * <p>What is no bigger than a part is put in one request, on the condition that the name is free; anything bigger goes in
 * parts, and the same condition is on their completion. Whatever is not known to have happened is looked at (I15): the
 * facts in an object's metadata say whose rows it has.
 */
public final class S3Store implements BlobStore {
    private static final int TEXT_BYTES_MAX = 4096;
    private static final int NAMES_MAX = 1_000_000;
    private static final int SERVER_ERRORS = 500;

    private final S3Connection connection;
    private final Bucket bucket;
    private final Disk disk;
    private final S3Client client;

    /** Uploads of which it is not known whether they were completed, by key; ended when that is known. */
    private final Map<String, String> uncertain = new ConcurrentHashMap<>();

    /** Asks nothing of the server yet; for a look, which keeps to no rate. */
    public S3Store(S3Destination destination, Disk disk) {
        this(destination, disk, Pace.unlimited(), UnaryOperator.identity());
    }

    /**
     * Asks nothing of the server yet.
     *
     * @param clock by which it keeps to its rate
     */
    public S3Store(S3Destination destination, Disk disk, InstantSource clock) {
        this(destination, disk, clock, UnaryOperator.identity());
    }

    /** @param wire what stands between the SDK and the network */
    S3Store(S3Destination destination, Disk disk, InstantSource clock, UnaryOperator<SdkHttpClient> wire) {
        this(destination, disk, new Pace(destination.rate(), clock), wire);
    }

    private S3Store(S3Destination destination, Disk disk, Pace pace, UnaryOperator<SdkHttpClient> wire) {
        this.connection = new S3Connection(destination.bucket(), destination.timeouts(), pace, wire);
        this.bucket = destination.bucket();
        this.disk = disk;
        this.client = connection.client();
    }

    @Override
    public String place() {
        return bucket.place();
    }

    @Override
    public void cancel() {
        connection.stop();
    }

    @Override
    public void close() {
        connection.close();
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
        PutObjectRequest request = connection
                .creation(key, facts.named())
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
                throw connection.failed("create " + key, failure);
            }
        }
        return look(key, S3Connection.describe(failure));
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
        String upload = connection.begin(key, facts.named());
        List<CompletedPart> parts;
        try {
            parts = upload(key, upload, content, length);
        } catch (IOException e) {
            connection.end(key, upload);
            throw e;
        }
        Put put = create(key, length, () -> connection.complete(key, upload, parts));
        switch (put) {
            case Put.Created created -> {}
            case Put.Taken taken -> connection.end(key, upload);
            case Put.Unknown unknown -> uncertain.put(key, upload);
        }
        return put;
    }

    private List<CompletedPart> upload(String key, String upload, Path content, long length) throws IOException {
        List<CompletedPart> parts = new ArrayList<>();
        for (long from = 0; from < length; from += bucket.partBytes()) {
            FilePart part = new FilePart(disk, content, from, Math.min(bucket.partBytes(), length - from));
            parts.add(connection.upload(key, upload, parts.size() + 1, part.body()));
        }
        return parts;
    }

    private void endUncertain(String key) {
        String upload = uncertain.remove(key);
        if (upload != null) {
            connection.end(key, upload);
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
            throw connection.failed("look at " + key, e);
        }
    }

    @Override
    public Optional<String> unfit(String key) throws IOException {
        return new ConditionProbe(connection).unfit(key);
    }

    @Override
    public Put createText(String key, String text) throws IOException {
        PutObjectRequest request = connection.creation(key, Map.of()).build();
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
            throw connection.failed("read " + key, e);
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
            throw connection.failed("list " + folder, e);
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
                    throw connection.failed("look at " + folder + name, e);
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
        connection.delete(key);
    }
}
