// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.config.Finding;
import java.util.List;

/**
 * What became of a reload.
 *
 * @param changed sinks, by name, and keys of {@code tidemark.yaml}
 * @param unchanged sinks that went on undisturbed
 * @param errors why nothing was changed; empty when everything was
 */
public record Reloaded(List<String> changed, List<String> unchanged, List<Finding> errors) {
    public Reloaded {
        changed = List.copyOf(changed);
        unchanged = List.copyOf(unchanged);
        errors = List.copyOf(errors);
    }

    public static Reloaded refused(List<Finding> errors) {
        return new Reloaded(List.of(), List.of(), errors);
    }
}
