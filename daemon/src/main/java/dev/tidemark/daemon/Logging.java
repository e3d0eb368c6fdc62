// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.tidemark.daemon.config.LogFormat;
import dev.tidemark.daemon.config.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sends what is logged to stderr: ours from a level on, others' from WARN on, whatever they log with. */
final class Logging {
    private static final String OURS = "dev.tidemark";
    private static final String APPENDER = "stderr";

    private Logging() {}

    /**
     * Begins to log.
     *
     * @param environment in which a service manager says that it reads stderr
     */
    static void start(LogSettings settings, Map<String, String> environment) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        if (settings.format() == LogFormat.JSON) {
            encode(new JsonLines());
        } else if (isJournal(environment.getOrDefault("JOURNAL_STREAM", ""))) {
            encode(new JournalLines());
        }
        setLevel(settings);
    }

    /** From now on ours are told from this level on; the form of a line stays. */
    static void setLevel(LogSettings settings) {
        context().getLogger(OURS).setLevel(Level.toLevel(settings.level().name()));
    }

    private static void encode(Encoder<ILoggingEvent> encoder) {
        Appender<ILoggingEvent> appender =
                context().getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER);
        if (appender instanceof OutputStreamAppender<ILoggingEvent> stderr) {
            encoder.setContext(context());
            encoder.start();
            stderr.setEncoder(encoder);
        }
    }

    /** Whether stderr is what the variable names: a child that writes elsewhere has inherited the variable too. */
    private static boolean isJournal(String stream) {
        try {
            Path stderr = Path.of("/proc/self/fd/2");
            return !stream.isEmpty()
                    && stream.equals(
                            Files.getAttribute(stderr, "unix:dev") + ":" + Files.getAttribute(stderr, "unix:ino"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }
}
