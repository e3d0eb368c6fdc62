// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
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

    private record Wrong(String name, String text, List<String> findings) {}

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

    @TestFactory
    Stream<DynamicTest> whatIsWrongWithTheMainFileIsNamedWithItsPlace() {
        return Stream.of(
                        wrong(
                                "a misspelt key",
                                "flsuh: {rows: 1}",
                                "1:1: error: unknown key \"flsuh\" (did you mean \"flush\")"),
                        wrong(
                                "a misspelt key in a section",
                                "ingest:\n  max_bdy: 1MiB",
                                "2:3: error: unknown key \"max_bdy\" (did you mean \"max_body\")"),
                        wrong(
                                "a word that is none of those there are",
                                "ingest: {bad_rows: drop}",
                                "1:20: error: \"drop\" is not one of refuse, quarantine"),
                        wrong(
                                "a dataset that is partitioned by a column it does not take",
                                "datasets:\n  a: {columns: {b: int}, unknown_columns: reject, partition_by: c}",
                                "2:65: error: \"c\" is not among the columns, and no others are taken"),
                        wrong(
                                "an order of exported tables by a column that is not taken",
                                "datasets:\n  a: {columns: {c: int}, unknown_columns: drop, lookup: [c, b]}",
                                "2:61: error: \"b\" is not among the columns, and no others are taken"),
                        wrong(
                                "an order that names a column twice",
                                "datasets:\n  a: {lookup: [b, b]}",
                                "2:19: error: \"b\" is there twice"),
                        wrong(
                                "a bound of partitions beyond that of all datasets",
                                "datasets:\n  a: {max_partitions: 100001}",
                                "2:23: error: \"100001\" is not a whole number between 1 and 100000"),
                        wrong(
                                "what a dataset keeps",
                                "datasets:\n  a: {retention: {hold_for: some}}",
                                "2:29: error: \"some\" is not all, none or a list: [a, b]"),
                        wrong("a key like no other", "zzzzzz: 1", "1:1: error: unknown key \"zzzzzz\""),
                        wrong("upkeep without a pause", "upkeep: {every: 0s}", "1:17: error: must be more than 0"),
                        wrong(
                                "a form that lines do not have",
                                "log:\n  level: info\n  format: xml",
                                "3:11: error: \"xml\" is not one of text, json"),
                        wrong("a duplicate key", "name: a\nname: b", "2:1: error: duplicate key \"name\""),
                        wrong(
                                "an alias",
                                "name: &here a\nlog: {level: *here}",
                                "2:14: error: aliases are refused: write the value out"),
                        wrong(
                                "a merge key",
                                "log:\n  <<: {level: info}",
                                "2:3: error: merge keys are refused: write the values out"),
                        wrong(
                                "a variable that is not set",
                                "name: ${env:NOWHERE}",
                                "1:7: error: the environment has no NOWHERE"),
                        wrong(
                                "a value that is elsewhere only in part",
                                "name: edge-${env:PLACE}",
                                "1:7: error: \"edge-${env:PLACE}\" is not one of ${env:NAME}, ${file:/path}, ${cred:NAME},"
                                        + " each alone; $$ is a dollar"),
                        wrong(
                                "a credential where there are none",
                                "name: ${cred:name}",
                                "1:7: error: there are no credentials: CREDENTIALS_DIRECTORY is not set"),
                        wrong(
                                "a file that is not there",
                                "name: ${file:/absent/name}",
                                "1:7: error: cannot read /absent/name: NoSuchFileException"),
                        wrong(
                                "a secret where it is of no use",
                                "log: {level: \"${env:PLACE}\"}",
                                "1:14: error: what ${env:PLACE} stands for cannot be used here"),
                        wrong("a key without a value", "name:", "1:6: error: a value is missing"),
                        wrong("a list for a section", "flush: [1]", "1:8: error: \"flush\" holds keys and values"),
                        wrong("a section for a value", "name: {a: b}", "1:7: error: expected one value"),
                        wrong("no mapping at all", "- a", "1:1: error: expected keys and values"),
                        wrong(
                                "two documents",
                                "name: a\n---\nname: b",
                                "3:1: error: a second document: one file holds one"),
                        wrong(
                                "a duration without a unit",
                                "flush: {age: 10}",
                                "1:14: error: \"10\" is not a duration such as 250ms, 5s, 15m, 6h, 90d"),
                        wrong("no time at all", "flush: {age: 0s}", "1:14: error: must be more than 0"),
                        wrong(
                                "a size of another system",
                                "flush: {bytes: 64MB}",
                                "1:16: error: \"64MB\" is not a size such as 64KiB, 128MiB"),
                        wrong(
                                "a segment that is too small",
                                "spool: {segment: 1}",
                                "1:18: error: must be between 65536 and 1073741824 bytes"),
                        wrong(
                                "a spool that holds no two segments",
                                "spool: {segment: 1MiB, max: 1MiB}",
                                "1:29: error: must be between 2097152 and 1125899906842624 bytes"),
                        wrong(
                                "a count that is none",
                                "flush: {rows: 1_000}",
                                "1:15: error: \"1_000\" is not a whole number between 1 and 100000000"),
                        wrong(
                                "YAML's other words for truth",
                                "ingest: {auto_datasets: no}",
                                "1:25: error: \"no\" is neither true nor false"),
                        wrong(
                                "a level",
                                "log: {level: loud}",
                                "1:14: error: \"loud\" is not one of error, warn, info, debug, trace"),
                        wrong(
                                "an address for all the world",
                                "listen: {http: \"0.0.0.0:4850\"}",
                                "1:16: error: 0.0.0.0 is not a loopback address: it needs listen.tls: {cert: …, key: …} and listen.tokens"),
                        wrong(
                                "tokens that are none",
                                "listen:\n  tokens:\n    a: {scope: write, value: x}\n    b: {scope: read}\n"
                                        + "    c: {scope: admin, value: y}\n    d: {scope: read, value: y}\n    e f: {scope: read, value: z}\n    g: {scope: read, value: \"a b\"}",
                                "3:16: error: \"write\" is not one of ingest, read, admin",
                                "4:5: error: token \"b\" has no value ({scope: ingest, value: \"${cred:NAME}\"})",
                                "6:5: error: \"d\" has the value of \"c\"",
                                "7:5: error: \"e f\" is not the name of a token (letters, digits, -, _ and ., 63 at most)",
                                "8:29: error: a token has 1 to 1024 characters of ASCII without spaces"),
                        wrong(
                                "a socket in no certain place",
                                "listen: {socket: a.sock}",
                                "1:18: error: \"a.sock\" is not an absolute path"),
                        wrong(
                                "an address without a port",
                                "listen: {http: localhost}",
                                "1:16: error: \"localhost\" is not an address such as 127.0.0.1:4850"),
                        wrong(
                                "a dataset's name",
                                "datasets: {Logs: {}}",
                                "1:12: error: \"Logs\" is not a dataset name (a small letter, then small letters, digits and _,"
                                        + " 63 at most)"),
                        wrong(
                                "a column's type",
                                "datasets: {logs: {columns: {a: text}}}",
                                "1:32: error: no such column type: text"),
                        wrong(
                                "a column without a type",
                                "datasets: {logs: {columns: {a: {required: true}}}}",
                                "1:29: error: column \"a\" has no type"),
                        wrong(
                                "a hidden name",
                                "datasets: {logs: {columns: {_origin: int}}}",
                                "1:29: error: the name means something else here or in Iceberg tables"),
                        wrong(
                                "names that differ in case",
                                "datasets: {logs: {columns: {a: int, A: int}}}",
                                "1:37: error: \"A\" differs from another column only in case"),
                        wrong(
                                "an event time that is none",
                                "datasets: {logs: {columns: {a: int}, timestamp: a}}",
                                "1:49: error: \"a\" is declared int, the event time is a timestamp"),
                        wrong(
                                "a partition that is none",
                                "datasets: {logs: {columns: {a: json}, partition_by: a}}",
                                "1:53: error: \"a\" is declared json, a partition is a string, int, long, boolean or date"),
                        wrong(
                                "several things",
                                "nme: a\nflush: {age: x, rows: 0}\nlisten: {tls: {}}",
                                "1:1: error: unknown key \"nme\" (did you mean \"name\")",
                                "2:14: error: \"x\" is not a duration such as 250ms, 5s, 15m, 6h, 90d",
                                "2:23: error: \"0\" is not a whole number between 1 and 100000000",
                                "3:15: error: tls has a cert and a key (tls: {cert: /path, key: /path})"))
                .map(wrong -> dynamicTest(wrong.name(), () -> {
                    Path file = write("tidemark.yaml", wrong.text());
                    String expected = String.join(
                            "\n",
                            wrong.findings().stream()
                                    .map(finding -> file + ":" + finding)
                                    .toList());
                    assertEquals(
                            expected,
                            assertThrows(ConfigException.class, this::load).getMessage());
                }));
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

    @TestFactory
    Stream<DynamicTest> whatIsWrongWithASinkFileStopsOnlyThatSink() {
        return Stream.of(
                        wrong(
                                "an iceberg sink without a place",
                                "type: iceberg",
                                "1:1: error: an iceberg sink needs one warehouse (warehouse: {dir: /srv/lake}, warehouse: {s3: {…}} or catalog: {rest: {uri: https://…}})",
                                "1:1: error: \"namespace\" is missing (namespace: edge)"),
                        wrong(
                                "an iceberg sink with everything wrong",
                                """
                                type: iceberg
                                warehouse: {dir: lake}
                                namespace: a/b
                                maintenance: {min_snapshots_to_keep: 0, compact_file_count: 1}
                                rat: 5
                                """,
                                "2:18: error: \"lake\" is not an absolute path",
                                "3:12: error: namespace: \"a/b\" is not one word of letters, digits, _ and -",
                                "4:38: error: \"0\" is not a whole number between 1 and 1000000",
                                "4:61: error: \"1\" is not a whole number between 2 and 1000000",
                                "5:1: error: unknown key \"rat\" (did you mean \"rate\")"),
                        wrong(
                                "an iceberg sink whose bucket is half said",
                                """
                                type: iceberg
                                warehouse: {dir: /srv/lake, s3: {bucket: acme, access_key: a, prefix: "{host}", sort: x}}
                                namespace: edge
                                catalog: {rest: {uri: "http://localhost/"}, hive: x}
                                """,
                                "2:12: error: an iceberg sink needs one warehouse (warehouse: {dir: /srv/lake}, warehouse: {s3: {…}} or catalog: {rest: {uri: https://…}})",
                                "2:33: error: a bucket has a region or an endpoint (s3: {bucket: acme, region: eu-west-1})",
                                "2:33: error: access_key and secret_key belong together; without both the host's are taken",
                                "2:71: error: prefix: \"{host}\" is not a path of names of letters, digits, _, . and -",
                                "2:81: error: unknown key \"sort\"",
                                "4:45: error: unknown key \"hive\""),
                        wrong(
                                "an iceberg sink whose catalog is half said",
                                """
                                type: iceberg
                                namespace: edge
                                catalog: {rest: {uri: "ftp://host", token: a, credential: b, s3: {access_key: a, sse: x}}}
                                """,
                                "3:23: error: an address looks like https://catalog.example/api",
                                "3:44: error: token and credential exclude each other",
                                "3:66: error: access_key and secret_key belong together; without both the host's are taken",
                                "3:82: error: unknown key \"sse\""),
                        wrong(
                                "an iceberg sink whose catalog is nowhere",
                                """
                                type: iceberg
                                namespace: edge
                                catalog: {rest: {scope: all}}
                                """,
                                "3:10: error: \"uri\" is missing (catalog: {rest: {uri: https://catalog.example}})",
                                "3:17: error: oauth2_server_uri and scope belong to a credential"),
                        wrong(
                                "a forward sink that goes nowhere",
                                "type: forward\nevery: 1s",
                                "1:1: error: a forward sink needs a url (url: https://central.example:4850/v1/forward)"),
                        wrong(
                                "a forward sink with everything wrong",
                                """
                                type: forward
                                url: ftp://central
                                dialect: french
                                token: abc
                                auth: {basic: {user: a}}
                                headers: {Tidemark-Origin: x, "a b": y}
                                proxy: "http://me:pa ss@proxy"
                                format: csv
                                compression: ZSTD
                                meta: perhaps
                                batch: {rows: 0}
                                timeouts: {call: 0s}
                                tls: {cert: /a}
                                store: {dir: /srv}
                                """,
                                "2:6: error: it is not a url such as https://central.example:4850/v1/forward",
                                "3:10: error: \"french\" is not one of auto, tidemark, plain",
                                "5:7: error: token and auth exclude each other",
                                "5:7: error: auth has a user and a password (auth: {basic: {user: …, password: …}})",
                                "6:11: error: \"Tidemark-Origin\" is what the sink says itself",
                                "6:31: error: \"a b\" is not the name of a header",
                                "7:8: error: it is not a url such as http://proxy.example:3128",
                                "8:9: error: \"csv\" is not one of auto, ndjson, arrow",
                                "9:14: error: \"ZSTD\" is not one of zstd, gzip, none",
                                "10:7: error: \"perhaps\" is neither true nor false",
                                "11:15: error: \"0\" is not a whole number between 1 and 1000000",
                                "12:18: error: must be more than 0",
                                "13:6: error: cert and key belong together (tls: {cert: /path, key: /path})",
                                "14:1: error: unknown key \"store\" (did you mean \"start\")"),
                        wrong("no type", "every: 5s", "1:1: error: \"type\" is missing (type: blob)"),
                        wrong(
                                "a format that nobody knows",
                                BLOB.replace("jsonl", "orc"),
                                "4:9: error: \"orc\" is not one of parquet, jsonl, csv, arrow"),
                        wrong(
                                "a compression that the format does not have",
                                BLOB.replace("none", "snappy"),
                                "5:14: error: format jsonl has no compression \"snappy\", only zstd, gzip, none"),
                        wrong(
                                "a bucket nowhere",
                                BLOB.replace("{dir: /srv/export}", "{s3: {bucket: Big, access_key: a}}"),
                                "2:13: error: a bucket has a region or an endpoint (s3: {bucket: acme, region: eu-west-1})",
                                "2:13: error: access_key and secret_key belong together; without both the host's are taken",
                                "2:22: error: \"Big\" is not the name of a bucket"),
                        wrong(
                                "no store",
                                BLOB.replace("store: {dir: /srv/export}\n", ""),
                                "1:1: error: a blob sink needs one store (store: {dir: /srv/export} or store: {s3: {…}})"),
                        wrong(
                                "a relative directory",
                                BLOB.replace("/srv/export", "export"),
                                "2:14: error: \"export\" is not an absolute path"),
                        wrong(
                                "a prefix that climbs",
                                BLOB.replace("edge-17", "a/../b"),
                                "3:9: error: prefix: \"a/../b\" is not a relative path of plain names"),
                        wrong(
                                "a prefix with something that nobody fills in",
                                BLOB.replace("edge-17", "\"{host}/{day}\""),
                                "3:9: error: \"{host}/{day}\" holds something other than {host} and {name} in braces"),
                        wrong(
                                "waits that shrink",
                                BLOB + "backoff: {first: 10s, max: 5s}",
                                "6:10: error: backoff: a wait is at most 1h, and max no shorter than first"),
                        wrong(
                                "a wait without end",
                                BLOB + "backoff: {max: 2h}",
                                "6:10: error: backoff: a wait is at most 1h, and max no shorter than first"),
                        wrong(
                                "a directory that is to be connected to",
                                BLOB + "timeouts: {connect: 1s, write: 1s, read: 1s, call: 1s}",
                                "6:12: error: a directory has no \"connect\": leave it out",
                                "6:25: error: a directory has no \"write\": leave it out",
                                "6:36: error: a directory has no \"read\": leave it out"),
                        wrong(
                                "a misspelt key",
                                BLOB + "evry: 5s",
                                "6:1: error: unknown key \"evry\" (did you mean \"every\")"),
                        wrong(
                                "a dataset that is no name",
                                BLOB + "datasets: [a, B]",
                                "6:15: error: \"B\" is not a dataset name"))
                .map(wrong -> dynamicTest(wrong.name(), () -> {
                    write("sinks.d/other.yaml", BLOB);
                    Path file = write("sinks.d/archive.yaml", wrong.text());
                    Config config = load();
                    assertEquals(
                            wrong.findings().stream()
                                    .map(finding -> file + ":" + finding)
                                    .toList(),
                            config.faults().stream().map(Finding::toString).toList());
                    assertEquals(
                            List.of("other"),
                            config.sinks().stream().map(SinkSettings::name).toList());
                }));
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

    private static Wrong wrong(String name, String text, String... findings) {
        return new Wrong(name, text, List.of(findings));
    }
}
