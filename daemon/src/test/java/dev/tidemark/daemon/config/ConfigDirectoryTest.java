// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.ForwardDestination.WireFormat;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.PassLimits;
import dev.tidemark.sinks.PoisonPolicy;
import dev.tidemark.sinks.S3Destination;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

final class ConfigDirectoryTest {
    private static final long HOST_MEMORY = 8L << 30;
    private static final String BLOB = """
            type: blob
            store: {dir: /srv/export}
            prefix: edge-17
            format: jsonl
            compression: none
            """;

    @TempDir
    Path directory;

    @Test
    void noFilesAtAllMeanTheDefaults() throws Exception {
        Config config = load();

        assertEquals("/127.0.0.1:4850", String.valueOf(config.listen().http()));
        assertNull(config.listen().socket());
        assertEquals(IngestSettings.DEFAULT, config.ingest());
        assertEquals(FlushSettings.DEFAULT, config.flush());
        assertEquals(new SpoolSettings(16L << 20, null, 256L << 20), config.spool());
        assertEquals(10L << 30, config.spool().maxOn(1L << 40));
        assertEquals(1L << 30, config.spool().maxOn(4L << 30));
        assertEquals(32L << 20, config.spool().maxOn(64L << 20));
        assertEquals(192L << 20, config.memoryBudget());
        assertEquals(Level.INFO, config.log().level());
        assertEquals(Declarations.NONE, config.declarations());
        assertEquals(List.of(), config.sinks());
    }

    /** Objects have the tag of their sink and forwarded rows its origin, so they can be told apart; rows of a table cannot. */
    @Test
    void sinksMayShareAnyPlaceButTheTableOfADataset() throws Exception {
        String lake = "type: iceberg\nwarehouse: {dir: /srv/lake}\nnamespace: ";
        write("sinks.d/events.yaml", lake + "edge\ndatasets: [events]\n");
        write("sinks.d/logs.yaml", lake + "edge\ndatasets: [logs, metrics]\n");
        write("sinks.d/elsewhere.yaml", lake + "other\n");
        write("sinks.d/archive.yaml", BLOB);
        write("sinks.d/archive-again.yaml", BLOB);
        String forward = "type: forward\nurl: https://central.example/v1/forward\n";
        write("sinks.d/central.yaml", forward);
        write("sinks.d/central-again.yaml", forward);

        Config config = load();

        assertEquals(List.of(), config.faults());
        assertEquals(7, config.sinks().size());
    }

    @Test
    void everyKeyOfTheMainFileIsRead() throws Exception {
        write("tidemark.yaml", """
                name: edge-17
                listen: {http: "[::1]:0", socket: /run/edge/a.sock, max_connections: 20,
                         tokens: {edge-17: {scope: ingest, value: s3cret}}}
                ingest: {max_body: 1MiB, max_row: 64KiB, max_rows: 500, auto_datasets: false, max_datasets: 7,
                         bad_rows: quarantine, infer: {numbers: double}}
                spool: {segment: 1MiB, max: 1GiB}
                disk: {reserve: 64MiB}
                flush: {rows: 100, bytes: 2MiB, age: 250ms}
                memory: {budget: 64MiB}
                log: {level: debug}
                datasets:
                  logs:
                    columns:
                      ts: timestamp
                      id: {type: long, required: true}
                      price: decimal(10,2)
                    timestamp: ts
                    partition_by: service
                    lookup: [id]
                    max_partitions: 50
                  closed:
                    columns: {id: long}
                    unknown_columns: drop
                    infer: {numbers: auto}
                """);

        Config config = load();

        assertEquals("edge-17", config.name());
        assertEquals("/[0:0:0:0:0:0:0:1]:0", String.valueOf(config.listen().http()));
        assertEquals(Path.of("/run/edge/a.sock"), config.listen().socket());
        assertEquals(20, config.listen().maxConnections());
        assertEquals(
                List.of(new AccessToken("edge-17", AccessToken.Scope.INGEST, new Secret("s3cret"))),
                config.listen().tokens());
        assertFalse(config.toString().contains("s3cret"));
        assertEquals(
                new IngestSettings(1L << 20, 64L << 10, 500, false, 7, BadRows.QUARANTINE, Numbers.DOUBLE),
                config.ingest());
        assertEquals(new SpoolSettings(1L << 20, 1L << 30, 64L << 20), config.spool());
        assertEquals(new FlushSettings(100, 2L << 20, Duration.ofMillis(250)), config.flush());
        assertEquals(64L << 20, config.memoryBudget());
        assertEquals(Level.DEBUG, config.log().level());
        assertEquals(
                new Declared(
                        List.of(
                                new Column(0, "ts", ColumnType.TIMESTAMP, false, true),
                                new Column(0, "id", ColumnType.LONG, true, true),
                                new Column(0, "price", ColumnType.decimal(10, 2), false, true)),
                        "ts",
                        "service",
                        List.of("id"),
                        50,
                        UnknownColumns.ADD,
                        Numbers.DOUBLE),
                config.declarations().of("logs").orElseThrow());
    }

    @Test
    void tcpCanBeOff() throws Exception {
        write("tidemark.yaml", "listen: {http: off}");

        assertNull(load().listen().http());
    }

    @Test
    void textThatIsNotYamlIsNamedWithItsPlace() throws Exception {
        Path file = write("tidemark.yaml", "name: a\nlog: {level: info");

        String message =
                String.valueOf(assertThrows(ConfigException.class, this::load).getMessage());

        assertTrue(message.startsWith(file + ":2:18: error: not YAML: "), message);
    }

    @Test
    void aFileOverOneMebibyteIsNotParsed() throws Exception {
        Path file = write("tidemark.yaml", "# " + "x".repeat(1 << 20));

        assertEquals(
                file + ":1:1: error: the file is larger than 1 MiB",
                assertThrows(ConfigException.class, this::load).getMessage());
    }

    @Test
    void aBlobSinkIsRead() throws Exception {
        write(
                "sinks.d/archive.yaml",
                BLOB + "datasets: [logs, clicks]\nevery: 1s\nobject: {rows: 10, bytes: 1MiB, max_wait: 2s}\n");

        SinkSettings sink = load().sinks().getFirst();

        assertEquals("archive", sink.name());
        assertEquals(List.of("logs", "clicks"), sink.datasets());
        assertEquals(Duration.ofSeconds(1), sink.every());
        assertEquals(
                new DirectoryDestination(
                        Path.of("/srv/export"), "edge-17", new ObjectLimits(10, 1L << 20, Duration.ofSeconds(2))),
                sink.destination());
    }

    @Test
    void aDirectoryHasARateAndATimeForEachObject() throws Exception {
        write("sinks.d/archive.yaml", BLOB + "rate: 1MiB\ntimeouts: {call: 9s}\n");
        DirectoryDestination archive =
                (DirectoryDestination) load().sinks().getFirst().destination();
        assertEquals(1L << 20, archive.rate());
        assertEquals(Duration.ofSeconds(9), archive.call());
    }

    @Test
    void whatASinkFileLeavesOutHasItsDefault() throws Exception {
        write("sinks.d/archive.yaml", BLOB);

        SinkSettings sink = load().sinks().getFirst();

        assertEquals(List.of(), sink.datasets());
        assertEquals(Duration.ofSeconds(5), sink.every());
        assertEquals(
                new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15)),
                ((DirectoryDestination) sink.destination()).limits());
    }

    @Test
    void aBucketMayBeAnywhereAndItsKeysAreSecret() throws Exception {
        write("sinks.d/archive.yaml", """
                type: blob
                store: {s3: {bucket: acme, endpoint: "http://127.0.0.1:9000", path_style: true, access_key: a, secret_key: s,
                  sse: AES256, storage_class: STANDARD_IA, part_size: 16MiB}}
                prefix: edge-17
                timeouts: {connect: 1s, write: 4s, read: 2s, call: 3s}
                rate: 1MiB
                """);
        S3Destination s3 = (S3Destination) load().sinks().getFirst().destination();
        assertEquals(
                new S3Destination.Bucket(
                        "acme",
                        "us-east-1",
                        URI.create("http://127.0.0.1:9000"),
                        S3Destination.Addressing.PATH,
                        new S3Destination.Credentials(new Secret("a"), new Secret("s")),
                        "AES256",
                        "STANDARD_IA",
                        16L << 20),
                s3.bucket());
        assertEquals(
                new S3Destination.Timeouts(
                        Duration.ofSeconds(1), Duration.ofSeconds(4), Duration.ofSeconds(2), Duration.ofSeconds(3)),
                s3.timeouts());
        assertEquals(1L << 20, s3.rate());
    }

    @Test
    void tablesMayLieInABucketUnderAPrefix() throws Exception {
        write("sinks.d/lake.yaml", """
                type: iceberg
                warehouse: {s3: {bucket: acme, region: eu-west-1, access_key: a, secret_key: hush, prefix: lake/v1}}
                namespace: edge
                timeouts: {call: 3s}
                rate: 2MiB
                """);
        IcebergDestination lake = (IcebergDestination) load().sinks().getFirst().destination();
        IcebergDestination.InBucket warehouse = (IcebergDestination.InBucket) lake.warehouse();
        assertEquals("s3:acme/lake/v1", warehouse.place());
        assertEquals("eu-west-1", warehouse.bucket().region());
        assertEquals(Duration.ofSeconds(3), warehouse.timeouts().call());
        assertEquals(2L << 20, lake.rate());
        assertFalse(lake.toString().contains("hush"), lake::toString);
    }

    @Test
    void tablesMayBeKnownToACatalog() throws Exception {
        write("sinks.d/lake.yaml", """
                type: iceberg
                catalog: {rest: {uri: "https://catalog.example/api", warehouse: acme, credential: "me:hush"}}
                namespace: edge
                timeouts: {call: 3s}
                """);
        IcebergDestination lake = (IcebergDestination) load().sinks().getFirst().destination();
        IcebergDestination.RestCatalog catalog = (IcebergDestination.RestCatalog) lake.warehouse();
        assertEquals("rest:https://catalog.example/api acme", catalog.place());
        assertEquals(new IcebergDestination.Access.Client(new Secret("me:hush"), null, null), catalog.access());
        assertEquals(Duration.ofSeconds(3), catalog.timeouts().call());
        assertFalse(lake.toString().contains("hush"), lake::toString);
    }

    @Test
    void aFormatHasACompressionOfItsOwn() throws Exception {
        String store = "type: blob\nstore: {dir: /srv/export}\n";
        assertEquals(new ObjectFormat(Kind.PARQUET, "zstd", Hidden.LEFT_OUT), formatOf(store));
        assertEquals(new ObjectFormat(Kind.ARROW, "none", Hidden.SHOWN), formatOf(store + "format: arrow\nmeta: true"));
        assertEquals(
                new ObjectFormat(Kind.CSV, "gzip", Hidden.LEFT_OUT),
                formatOf(store + "compression: gzip\nformat: csv"));
    }

    private ObjectFormat formatOf(String file) throws Exception {
        write("sinks.d/archive.yaml", file);
        return ((DirectoryDestination) load().sinks().getFirst().destination()).format();
    }

    @Test
    void aForwardSinkNeedsAUrlAndNothingElse() throws Exception {
        write("sinks.d/central.yaml", "type: forward\nurl: https://central.example:4850/v1/forward");

        assertEquals(
                new ForwardDestination(
                        URI.create("https://central.example:4850/v1/forward"),
                        null,
                        new Authorization.None(),
                        Map.of(),
                        null,
                        null,
                        Compression.ZSTD,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(5000, 4L << 20, Duration.ZERO),
                        0,
                        Timeouts.DEFAULT,
                        Tls.OF_THE_HOST),
                load().sinks().getFirst().destination());
    }

    @Test
    void everyKeyOfAForwardSinkIsRead() throws Exception {
        write("token", "s3cret");
        write("sinks.d/central.yaml", """
                type: forward
                url: http://central/x
                dialect: plain
                token: "${file:%s}"
                headers: {X-Site: "17"}
                proxy: http://proxy:8080
                format: arrow
                compression: none
                meta: true
                batch: {rows: 10, bytes: 1KiB}
                pass: {rows: 100, bytes: 1MiB}
                on_poison: halt
                dead_letters: {max: 7, bytes: 1MiB}
                rate: 1MiB
                timeouts: {connect: 1s, write: 2s, read: 3s, call: 4s}
                tls: {ca: /ca, cert: /cert, key: /key}
                """.formatted(directory.resolve("token")));

        ForwardDestination destination =
                (ForwardDestination) load().sinks().getFirst().destination();
        assertEquals(
                new ForwardDestination(
                        URI.create("http://central/x"),
                        Dialect.PLAIN,
                        new Authorization.Bearer(new Secret("s3cret")),
                        Map.of("X-Site", new Secret("17")),
                        URI.create("http://proxy:8080"),
                        WireFormat.ARROW,
                        Compression.NONE,
                        Hidden.SHOWN,
                        new ObjectLimits(10, 1024, Duration.ZERO),
                        new PassLimits(100, 1 << 20),
                        1 << 20,
                        new Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4)),
                        new Tls(Path.of("/ca"), Path.of("/cert"), Path.of("/key"))),
                destination);
        assertEquals(
                new PoisonPolicy(PoisonPolicy.Action.HALT, 7, 1 << 20),
                load().sinks().getFirst().poison());
        assertFalse(destination.toString().contains("s3cret"), destination::toString);
    }

    @Test
    void filesThatEditorsAndPackagersLeaveAreNotSinks() throws Exception {
        for (String name : List.of("a.yaml.disabled", ".a.yaml", "a.yaml~", "a.yaml.dpkg-old", "README")) {
            write("sinks.d/" + name, "rubbish");
        }

        assertEquals(List.of(), load().faults());
        assertEquals(
                List.of(".a.yaml", "README", "a.yaml.disabled", "a.yaml.dpkg-old", "a.yaml~"),
                configuration().examine().ignored().stream()
                        .map(file -> file.getFileName().toString())
                        .toList());
    }

    @Test
    void anExaminationFindsWhatIsWrongWithEveryFile() throws Exception {
        Path main = write("tidemark.yaml", "nme: a");
        Path sink = write("sinks.d/archive.yaml", "type: blub");

        assertEquals(
                List.of(main.toString(), sink.toString()),
                configuration().examine().findings().stream().map(Finding::file).toList());
    }

    @Test
    void aValueMayStandInTheEnvironmentAFileOrACredential() throws Exception {
        write("tidemark.yaml", "name: ${env:PLACE}");
        assertEquals("the cellar", load().name());

        Path file = write("name.txt", "the attic\n");
        write("tidemark.yaml", "name: \"${file:" + file + "}\"");
        assertEquals("the attic", load().name());

        write("tidemark.yaml", "name: ${cred:name.txt}");
        assertEquals(
                "the attic",
                new ConfigDirectory(directory, HOST_MEMORY, Map.of("CREDENTIALS_DIRECTORY", directory.toString()))
                        .load()
                        .config()
                        .name());

        write("tidemark.yaml", "name: a$$b $ $${env:PLACE}");
        assertEquals("a$b $ ${env:PLACE}", load().name());
    }

    @Test
    void aPrefixMayNameTheHostAndTheSink() throws Exception {
        write("sinks.d/archive.yaml", BLOB.replace("edge-17", "\"{host}/{name}\""));

        assertEquals(
                new DirectoryDestination(
                        Path.of("/srv/export"),
                        "{host}/{name}",
                        new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15))),
                load().sinks().getFirst().destination());
    }

    @Test
    void aSinkFileOfAnotherSpellingIsNotSilentlyLeftOut() throws Exception {
        write("sinks.d/archive.yml", BLOB);
        write("sinks.d/Archive.yaml", BLOB);

        Config config = load();

        assertEquals(List.of(), config.sinks());
        assertEquals(2, config.faults().size());
    }

    private Config load() throws ConfigException, IOException {
        return configuration().load().config();
    }

    private ConfigDirectory configuration() {
        return new ConfigDirectory(directory, HOST_MEMORY, Map.of("PLACE", "the cellar"));
    }

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
