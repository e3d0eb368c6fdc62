// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.ledger.Findings.Wrong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private final Ledger ledger = new Ledger();
    private final List<SeenRow> pages = new ArrayList<>();

    @BeforeEach
    void fourRowsAreAcknowledgedAndShown() {
        Submission first = ledger.enter("events", List.of(row("a"), row("b")));
        ledger.acknowledge(first, 1, 2);
        Submission second = ledger.enter("events", List.of(row("c"), row("d")));
        ledger.acknowledge(second, 10, 11);
        pages.addAll(List.of(shown("a", 1), shown("b", 2), shown("c", 10), shown("d", 11)));
    }

    @Test
    void nothingIsWrongWhenEveryRowIsThereOnce() {
        assertTrue(ledger.compare(pages).isEmpty());
    }

    @Test
    void aLostRowIsMissing() {
        pages.remove(1);
        assertOnly(Wrong.MISSING, "b (2)");
    }

    @Test
    void aRowThatIsThereTwiceIsDoubled() {
        pages.add(2, shown("b", 2));
        assertOnly(Wrong.DOUBLED, "b in events");
    }

    @Test
    void aRowWithAnotherValueIsAltered() {
        pages.set(3, SeenRow.onPage("events", 11L, json("{\"id\":\"d\",\"n\":8,\"note\":null}")));
        assertOnly(Wrong.ALTERED, "d in events: n 7 became 8");
    }

    @Test
    void aRowWithAColumnThatNobodySentIsAltered() {
        pages.set(3, SeenRow.onPage("events", 11L, json("{\"id\":\"d\",\"n\":7,\"more\":1}")));
        assertEquals(1, ledger.compare(pages).of(Wrong.ALTERED).size());
    }

    @Test
    void aRowThatNobodySentIsInvented() {
        pages.add(shown("e", 12));
        assertEquals(1, ledger.compare(pages).of(Wrong.INVENTED).size());
    }

    @Test
    void aRefusedRowThatIsThereIsInvented() {
        ledger.refuse(ledger.enter("events", List.of(row("e"))));
        pages.add(shown("e", 12));
        assertEquals(1, ledger.compare(pages).of(Wrong.INVENTED).size());
    }

    @Test
    void swappedRowsAreOutOfOrder() {
        Collections.swap(pages, 1, 2);
        assertOnly(Wrong.OUT_OF_ORDER, "b in events: 2 comes after 10");
    }

    @Test
    void swappedRowsWithoutSequencesAreOutOfOrderByWhatWasAcknowledged() {
        pages.clear();
        pages.addAll(List.of(shown("a", null), shown("c", null), shown("b", null), shown("d", null)));
        assertOnly(Wrong.OUT_OF_ORDER, "b in events: 2 comes after 10");
    }

    @Test
    void aRowWithAnotherSequenceThanWasAcknowledgedIsRenumbered() {
        pages.set(3, shown("d", 12));
        assertOnly(Wrong.RENUMBERED, "d was acknowledged as 11 and is 12");
    }

    @Test
    void twoRowsWithOneSequenceAreRenumbered() {
        ledger.enter("other", List.of(row("e")));
        pages.add(SeenRow.onPage("other", 11L, row("e")));
        assertOnly(Wrong.RENUMBERED, "d and e are both 11");
    }

    @Test
    void aRequestInDoubtMayBeThereWholeOrNotAtAll() {
        ledger.enter("events", List.of(row("e"), row("f")));
        assertTrue(ledger.compare(pages).isEmpty());
        pages.addAll(List.of(shown("e", 12), shown("f", 13)));
        assertTrue(ledger.compare(pages).isEmpty());
    }

    @Test
    void aRequestInDoubtThatIsThereInPartIsTorn() {
        ledger.enter("events", List.of(row("e"), row("f")));
        pages.add(shown("e", 12));
        assertEquals(1, ledger.compare(pages).of(Wrong.TORN).size());
    }

    @Test
    void aRequestInDoubtWhoseSequencesHaveAGapIsTorn() {
        ledger.enter("events", List.of(row("e"), row("f")));
        pages.addAll(List.of(shown("e", 12), shown("f", 14)));
        assertEquals(1, ledger.compare(pages).of(Wrong.TORN).size());
    }

    @Test
    void onceADoubtIsEndedItStaysEnded() {
        ledger.enter("events", List.of(row("e")));
        ledger.enter("events", List.of(row("f")));
        pages.add(shown("f", 13));
        ledger.settle(pages);
        assertTrue(ledger.compare(pages).isEmpty());

        pages.removeLast();
        assertOnly(Wrong.MISSING, "f (13)");
        pages.addAll(List.of(shown("e", 12), shown("f", 13)));
        assertEquals(1, ledger.compare(pages).of(Wrong.INVENTED).size());
    }

    @Test
    void anAcknowledgementOfAnotherNumberOfRowsIsRefused() {
        Submission submission = ledger.enter("events", List.of(row("e")));
        assertThrows(BrokenPromise.class, () -> ledger.acknowledge(submission, 12, 13));
    }

    @Test
    void theObjectsOfADirectoryAreComparedByTheirNames(@TempDir Path root) throws IOException {
        object(root, 0, 2, "{\"id\":\"a\",\"n\":7,\"note\":null}", "{\"id\":\"b\",\"n\":7,\"note\":null}");
        object(root, 2, 11, "{\"id\":\"c\",\"n\":7,\"note\":null}", "{\"id\":\"d\",\"n\":7,\"note\":null}");
        Files.writeString(root.resolve("events/all/_receipts.jsonl"), "{}\n");
        Files.writeString(root.resolve("events/all/.unfinished.part"), "{\"id\":\"a\"");
        Files.createDirectories(root.resolve("_tidemark/tag"));
        assertTrue(ledger.compare(new BlobDirectory(root).rows()).isEmpty());
        assertEquals(2, new BlobDirectory(root).objects());
    }

    @Test
    void aRowOutsideTheRangeOfItsObjectIsOutOfOrder(@TempDir Path root) throws IOException {
        object(root, 0, 1, "{\"id\":\"a\",\"n\":7}", "{\"id\":\"b\",\"n\":7}");
        Findings findings = ledger.compare(new BlobDirectory(root).rows());
        assertEquals(1, findings.of(Wrong.OUT_OF_ORDER).size());
        assertEquals(2, findings.of(Wrong.MISSING).size());
    }

    @Test
    void aRowInTwoObjectsIsDoubled(@TempDir Path root) throws IOException {
        object(root, 0, 2, "{\"id\":\"a\",\"n\":7}", "{\"id\":\"b\",\"n\":7}");
        object(root, 2, 11, "{\"id\":\"b\",\"n\":7}", "{\"id\":\"c\",\"n\":7}", "{\"id\":\"d\",\"n\":7}");
        Findings findings = ledger.compare(new BlobDirectory(root).rows());
        assertEquals(List.of("b in events/all"), findings.of(Wrong.DOUBLED));
    }

    @Test
    void objectsThatOverlapAreRefused(@TempDir Path root) throws IOException {
        object(root, 0, 2, "{\"id\":\"a\",\"n\":7}");
        object(root, 1, 11, "{\"id\":\"c\",\"n\":7}");
        assertThrows(BrokenPromise.class, () -> new BlobDirectory(root).rows());
    }

    private static void object(Path root, long since, long through, String... lines) throws IOException {
        Path partition = Files.createDirectories(root.resolve("events/all"));
        Files.write(partition.resolve("%019d-%019d-abcdefghij.jsonl".formatted(since, through)), List.of(lines));
    }

    private void assertOnly(Wrong wrong, String words) {
        Findings findings = ledger.compare(pages);
        assertEquals(List.of(words), findings.of(wrong));
        for (Wrong other : Wrong.values()) {
            assertFalse(other != wrong && !findings.of(other).isEmpty(), findings::toString);
        }
    }

    private static SeenRow shown(String id, @Nullable Integer sequence) {
        return SeenRow.onPage("events", sequence == null ? null : sequence.longValue(), row(id));
    }

    private static JsonNode row(String id) {
        return json("{\"id\":\"" + id + "\",\"n\":7,\"note\":null}");
    }

    private static JsonNode json(String text) {
        return RowPages.parse(text);
    }
}
