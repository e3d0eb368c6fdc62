// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.nio.file.Path;
import java.util.List;

/**
 * What a look at a whole configuration found.
 *
 * @param findings everything that is wrong with any file
 * @param ignored what lies in {@code sinks.d} and is not read
 */
public record Examination(List<Finding> findings, List<Path> ignored) {
    public Examination {
        findings = List.copyOf(findings);
        ignored = List.copyOf(ignored);
    }
}
