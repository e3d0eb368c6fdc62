// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** What a line of the log looks like. */
public enum LogFormat {
    /** For people; with the priority that the journal wants where it reads along. */
    TEXT,
    /** One JSON object a line. */
    JSON
}
