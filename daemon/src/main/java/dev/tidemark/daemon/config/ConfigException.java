// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used; the message has one line for each thing that is wrong. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Finding> findings;

    public ConfigException(String message) {
        super(message);
        this.findings = List.of();
    }

    ConfigException(List<Finding> findings) {
        super(findings.stream().map(Finding::toString).collect(Collectors.joining("\n")));
        this.findings = List.copyOf(findings);
    }

    /** What is wrong with files; empty when it is something else. */
    public List<Finding> findings() {
        return findings;
    }
}
