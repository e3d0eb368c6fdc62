// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.testing.FaultyLink;
import dev.tidemark.sinks.testing.FaultyLink.Fault;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

class S3SinkTest {
    private static final List<Fault> FAULTS =
            List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.ANSWER_LOST, Fault.ANSWER_IS_500);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path directory;

    @Test
    @Tag("I10")
    @Tag("I15")
    void everyRowIsInTheBucketOnceWhateverTheLinkLoses() throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .build();
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getPort());
        try (S3Client client = S3Client.builder()
                        .httpClient(UrlConnectionHttpClient.create())
                        .endpointOverride(uri)
                        .forcePathStyle(true)
                        .region(Region.US_EAST_1)
                        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "s")))
                        .build();
                FaultyLink link = new FaultyLink(uri)) {
            client.createBucket(request -> request.bucket("acme"));
            long seed = System.nanoTime();
            List<Long> rows = play(new Random(seed), link);
            assertEquals(rows, delivered(client), "seed " + seed);
        } finally {
            server.stop();
        }
    }

    @Test
    @Tag("I10")
    void whatIsInTheBucketIsListedWithItsMetadata() throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .build();
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getPort());
        Files.createDirectory(directory.resolve("acme"));
        SinkSettings archive = new SinkSettings(
                "archive", List.of(), Duration.ofSeconds(5), Start.parse("earliest"), destination(uri));
        Shore shore = new Shore();
        shore.append(Shore.ALL, 30);
        try (Sinks sinks = shore.open(archive)) {
            sinks.run("archive");
            ObjectPage page = sinks.delivered("archive", null, null, "", 1);
            assertEquals(1, page.objects().size());
            DeliveredObject first = page.objects().getFirst();
            assertEquals(20, first.rows());
            assertEquals(64, String.valueOf(first.digest()).length());
            assertEquals("k3vq7mxa2bk3vq7mxa2bk3vq7m/archive", first.origin());
            assertEquals(DeliveredObject.Source.METADATA, first.source());
            ObjectPage rest = sinks.delivered("archive", null, null, String.valueOf(page.next()), 10);
            assertEquals(10, rest.objects().getFirst().rows());
            assertNull(rest.next());
        } finally {
            server.stop();
        }
    }

    private static List<Long> play(Random random, FaultyLink link) throws Exception {
        Shore shore = new Shore();
        SinkSettings archive = new SinkSettings(
                "archive", List.of(), Duration.ofSeconds(5), Start.parse("earliest"), destination(link.uri()));
        for (int life = 0; life < 6; life++) {
            try (Sinks sinks = shore.open(archive)) {
                for (int round = 0; round < 5; round++) {
                    shore.append(random.nextBoolean() ? Shore.ALL : Shore.WEST, 1 + random.nextInt(40));
                    link.on(request -> random.nextInt(5) == 0 ? FAULTS.get(random.nextInt(FAULTS.size())) : Fault.NONE);
                    sinks.run("archive");
                }
            }
        }
        link.on(request -> Fault.NONE);
        try (Sinks sinks = shore.open(archive)) {
            sinks.run("archive");
        }
        return shore.rows.sequences();
    }

    private static List<Long> delivered(S3Client client) throws Exception {
        List<Long> ids = new ArrayList<>();
        for (S3Object object :
                client.listObjectsV2Paginator(request -> request.bucket("acme")).contents()) {
            if (object.key().endsWith(".jsonl")) {
                String text = client.getObjectAsBytes(
                                request -> request.bucket("acme").key(object.key()))
                        .asString(StandardCharsets.UTF_8);
                for (String line : text.strip().split("\n", -1)) {
                    ids.add(JSON.readTree(line).get("id").longValue());
                }
            }
        }
        ids.sort(Long::compare);
        return ids;
    }

    private static S3Destination destination(URI endpoint) {
        return new S3Destination(
                new Bucket(
                        "acme",
                        "us-east-1",
                        endpoint,
                        Addressing.PATH,
                        new Credentials(new Secret("a"), new Secret("s")),
                        null,
                        null,
                        Bucket.PART_BYTES_MIN),
                "edge",
                new ObjectFormat(ObjectFormat.Kind.JSONL, "none", Hidden.LEFT_OUT),
                new ObjectLimits(20, 1 << 20, Duration.ofMinutes(15)),
                new S3Destination.Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(4)));
    }
}
