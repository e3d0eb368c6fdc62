// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EXPORT;
import static dev.tidemark.sinks.Shore.WEST;
import static dev.tidemark.sinks.Shore.archive;
import static dev.tidemark.sinks.Shore.folder;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.sinks.DeliveredObject.Source;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What lies in a directory is listed with its facts, whatever became of the receipts. */
@Tag("I10")
class ReceiptsTest {
    private static final String RECEIPTS = "_receipts.jsonl";

    private final Shore shore = new Shore();

    @Test
    void objectsAreListedInOrderAPageAtATime() throws Exception {
        shore.append(WEST, 2);
        shore.append(ALL, 7);
        try (Sinks sinks = shore.open(archive(new ObjectLimits(3, 1 << 20, Duration.ofMinutes(15))))) {
            sinks.run("archive");
            List<DeliveredObject> all = list(sinks, 100);
            assertEquals(4, all.size());
            assertEquals(all, list(sinks, 1));
            assertEquals(all, list(sinks, 3));
            assertEquals("hits", all.getFirst().dataset());
            assertEquals(shore.objects(ALL), names(sinks.delivered("archive", "logs", "all", "", 10)));
            assertEquals(List.of(), names(sinks.delivered("archive", "logs", "west", "", 10)));

            DeliveredObject first = all.get(1);
            assertEquals(Source.RECEIPT, first.source());
            assertEquals(3, first.rows());
            assertEquals("k3vq7mxa2bk3vq7mxa2bk3vq7m/archive", first.origin());
            assertThrows(SinkVerbException.class, () -> sinks.delivered("archive", null, null, "nowhere", 10));
        }
    }

    @Test
    void aReplayIsListedAsWhatItIsAlsoWhenItIsOver() throws Exception {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            sinks.rewind(
                    "archive", new RewindOrder(RewindOrder.Course.AGAIN, Start.parse("earliest"), null, null, null));
            sinks.run("archive");
            assertEquals(
                    List.of("again-1", "main"),
                    list(sinks, 10).stream()
                            .map(DeliveredObject::stream)
                            .sorted()
                            .toList());
        }
    }

    /** What the files tell of themselves is what the receipts said; text knows its rows and not whose promise it was. */
    @TestFactory
    Stream<DynamicTest> receiptsThatAreGoneAreMadeAnewFromTheObjects() {
        return Stream.of(ObjectFormat.Kind.values())
                .flatMap(kind -> kind.compressions().stream()
                        .map(compression -> DynamicTest.dynamicTest(
                                kind.word() + " " + compression,
                                () -> madeAnew(
                                        kind,
                                        compression,
                                        kind == ObjectFormat.Kind.PARQUET || kind == ObjectFormat.Kind.ARROW))));
    }

    private static void madeAnew(ObjectFormat.Kind kind, String compression, boolean tells) throws Exception {
        ObjectFormat format = new ObjectFormat(kind, compression, Hidden.LEFT_OUT);
        SinkSettings archive = new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(EXPORT, "edge", format, Shore.LIMITS));
        Shore shore = new Shore();
        shore.append(ALL, 5);
        try (Sinks sinks = shore.open(archive)) {
            sinks.run("archive");
            DeliveredObject told = list(sinks, 10).getFirst();
            shore.files.delete(folder(ALL).resolve(RECEIPTS));

            DeliveredObject made = list(sinks, 10).getFirst();
            assertEquals(Source.OBJECT, made.source());
            assertEquals(5, made.rows());
            assertEquals(told.bytes(), made.bytes());
            assertEquals(told.sha256(), made.sha256());
            assertEquals(told.origin(), made.origin());
            assertEquals(tells ? told.intent() : null, made.intent());
            assertEquals(tells ? told.digest() : null, made.digest());
            assertEquals(Source.RECEIPT, list(sinks, 10).getFirst().source(), "it is there again");
        }
    }

    @Test
    void aReceiptThatIsNotOfTheBytesIsNotBelieved() throws Exception {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            Path object = folder(ALL).resolve(shore.objects(ALL).getFirst());
            shore.files.delete(object);
            shore.files.createOnly(object, "{}\n{}\n{}\n".getBytes(StandardCharsets.UTF_8));
            shore.files.createOnly(folder(ALL).resolve("notes.txt"), new byte[] {1});

            List<DeliveredObject> all = list(sinks, 10);
            assertEquals(1, all.size());
            assertEquals(Source.OBJECT, all.getFirst().source());
            assertEquals(3, all.getFirst().rows());
            assertNull(all.getFirst().intent());
        }
    }

    @Test
    void aFileThatIsNotWhatItsNameSaysIsListedWithoutRows() throws Exception {
        ObjectFormat format = new ObjectFormat(ObjectFormat.Kind.PARQUET, "zstd", Hidden.LEFT_OUT);
        SinkSettings archive = Shore.archive().to(new DirectoryDestination(EXPORT, "edge", format, Shore.LIMITS));
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive)) {
            sinks.run("archive");
            Path object = folder(ALL)
                    .resolve(
                            names(sinks.delivered("archive", null, null, "", 1)).getFirst());
            shore.files.delete(object);
            shore.files.createOnly(object, "no parquet, whatever it says\1\2\3\4PAR1".getBytes(StandardCharsets.UTF_8));
            assertNull(list(sinks, 10).getFirst().rows());
        }
    }

    @Test
    void aTornLineOfTheReceiptsCostsNothing() throws Exception {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            try (var lines = shore.disk.open(folder(ALL).resolve(RECEIPTS))) {
                lines.truncate(lines.size() - 7);
                lines.write(ByteBuffer.wrap(new byte[] {'{'}), lines.size());
            }
            assertEquals(Source.OBJECT, list(sinks, 10).getFirst().source());
            assertEquals(Source.RECEIPT, list(sinks, 10).getFirst().source());
        }
    }

    @Test
    void aSinkWithoutObjectsSaysThatItHasNone() throws Exception {
        try (Sinks sinks = shore.open(Shore.central(URI.create("http://127.0.0.1:1/in"), 5))) {
            SinkVerbException refused =
                    assertThrows(SinkVerbException.class, () -> sinks.delivered("central", null, null, "", 10));
            assertTrue(String.valueOf(refused.getMessage()).contains("is of type forward"), refused::toString);
            assertFalse(sinks.isPaused("central"));
        }
    }

    private static List<DeliveredObject> list(Sinks sinks, int limit) throws Exception {
        List<DeliveredObject> all = new ArrayList<>();
        String after = "";
        while (true) {
            ObjectPage page = sinks.delivered("archive", null, null, after, limit);
            all.addAll(page.objects());
            String next = page.next();
            if (next == null) {
                return all;
            }
            after = next;
        }
    }

    private static List<String> names(ObjectPage page) {
        return page.objects().stream().map(DeliveredObject::object).toList();
    }
}
