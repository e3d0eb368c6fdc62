// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.Pace;
import java.io.IOException;
import java.util.List;

/** Asks an endpoint for a position that nobody has, which stores nothing there. */
public final class ForwardInquiry {
    private static final String NOBODY = "inquiry/inquiry";
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;

    private ForwardInquiry() {}

    /** What keeps the endpoint from taking rows, as far as that shows without sending any; empty when nothing does. */
    public static String of(ForwardDestination destination, List<String> datasets) throws IOException {
        String dataset = datasets.isEmpty() ? "inquiry" : datasets.getFirst();
        ForwardClient client = new ForwardClient(destination, Pace.unlimited(), List.of());
        Reply reply;
        try {
            reply = client.position(dataset, NOBODY, "all");
        } finally {
            client.close();
        }
        if (reply.status() == OK || reply.status() == 405 || reply.status() == 501) {
            return "";
        }
        if (reply.status() == NOT_FOUND && destination.dialect() != Dialect.TIDEMARK) {
            return "";
        }
        return "it answers " + Answers.said(reply);
    }
}
