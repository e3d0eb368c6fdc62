// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Whoever does not know the harness can ask it. */
class SmokeTest {
    @Test
    void everySubcommandTellsHowItIsUsed() {
        assertAll(Smoke.line().getSubcommands().keySet().stream().map(name -> () -> {
            StringWriter said = new StringWriter();
            CommandLine line = Smoke.line().setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
            assertEquals(Smoke.OK, line.execute(name, "--help"), name + ": " + said);
            assertTrue(said.toString().contains("Usage: smoke " + name), said.toString());
        }));
    }

    @Test
    void whatItDoesNotKnowIsRefused() {
        StringWriter said = new StringWriter();
        CommandLine line = Smoke.line().setErr(new PrintWriter(said));
        assertEquals(Smoke.USAGE, line.execute("storm", "--sead", "7"));
        assertTrue(said.toString().contains("--sead"), said.toString());
    }
}
