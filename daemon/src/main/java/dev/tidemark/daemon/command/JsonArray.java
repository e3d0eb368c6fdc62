// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;

/** A JSON array on stdout, an element a line; one that was not ended is no JSON, so half a list is not taken for all. */
final class JsonArray {
    private final PrintWriter out;
    private boolean any;

    JsonArray(PrintWriter out) {
        this.out = out;
    }

    void add(JsonNode element) {
        out.print(any ? ",\n" : "[");
        out.print(element);
        any = true;
    }

    void end() {
        out.println(any ? "]" : "[]");
    }
}
