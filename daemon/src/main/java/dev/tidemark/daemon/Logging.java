// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sends what is logged to stderr: ours from a level on, others' from WARN on, whatever they log with. */
final class Logging {
    private static final String OURS = "dev.tidemark";

    private Logging() {}

    static void startAt(org.slf4j.event.Level level) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        setLevel(level);
    }

    /** From now on ours are told from this level on. */
    static void setLevel(org.slf4j.event.Level level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(OURS).setLevel(Level.toLevel(level.name()));
    }
}
