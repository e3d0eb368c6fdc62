// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurableLineTest {
    @Test
    void aMarkedStatementIsTakenOutAndEveryOtherLineKeepsItsNumber() {
        DurableLine line = only("""
                class A {
                    // durable: I1,I17 a.b-c.sync
                    file.write("; not the end", ';', () -> {
                        return 1; // nor this;
                    });
                    next();
                }
                """);
        assertEquals(List.of("I1", "I17"), line.rules());
        assertEquals("a.b-c.sync", line.name());
        List<String> before = line.source().lines().toList();
        List<String> after = line.without().lines().toList();
        assertEquals(
                List.of("", "", ""),
                after.subList(2, 5).stream().map(String::strip).toList());
        assertEquals(before.subList(0, 2), after.subList(0, 2));
        assertEquals(before.subList(5, before.size()), after.subList(5, after.size()));
    }

    @Test
    void aCommentBetweenMarkAndStatementStays() {
        DurableLine line = only("""
                // durable: I5 table.commit
                // Why: because; so.
                commit(/* ; */ "\\";", \"""
                    ; \""");
                """);
        assertEquals("commit(/* ; */ \"\\\";\", \"\"\"\n    ; \"\"\");", line.statement());
    }

    @Test
    void aMarkOfAnotherFormIsRefused() {
        for (String mark : List.of("// durable: spool.sync", "// durable: I1", "// durable: I1 sync", "// durable:")) {
            assertThrows(IllegalArgumentException.class, () -> only(mark + "\nsync();\n"), mark);
        }
    }

    @Test
    void aMarkWithoutAStatementIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> only("{\n// durable: I1 a.b\n}\n"));
        assertThrows(IllegalArgumentException.class, () -> only("{\n// durable: I1 a.b\n"));
    }

    private static DurableLine only(String source) {
        List<DurableLine> lines = DurableLine.in(Path.of("A.java"), source);
        assertEquals(1, lines.size());
        return lines.getFirst();
    }
}
