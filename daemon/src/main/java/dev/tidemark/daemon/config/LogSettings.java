// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import org.slf4j.event.Level;

/** What is told, and how. */
public record LogSettings(Level level, LogFormat format) {
    public static final LogSettings DEFAULT = new LogSettings(Level.INFO, LogFormat.TEXT);

    LogSettings at(Level other) {
        return new LogSettings(other, format);
    }

    LogSettings as(LogFormat other) {
        return new LogSettings(level, other);
    }
}
