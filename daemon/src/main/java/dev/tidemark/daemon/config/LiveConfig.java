// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that holds now, and what became of the newest try to change it.
 *
 * <p>Whoever asks twice may get two answers. Safe for use by several threads.
 */
public final class LiveConfig {
    private volatile Standing standing;

    /**
     * What holds.
     *
     * @param terms of the same configuration; the same object as long as it holds
     * @param refusedAt when the newest try failed; null: it did not
     * @param errors why it failed
     */
    public record Standing(
            Config config,
            RowTerms terms,
            Instant loadedAt,
            @Nullable Instant refusedAt,
            List<Finding> errors) {
        public Standing {
            errors = List.copyOf(errors);
        }
    }

    public LiveConfig(Config config, Instant now) {
        standing = loaded(config, now);
    }

    private static Standing loaded(Config config, Instant now) {
        return new Standing(config, new RowTerms(config.ingest(), config.declarations()), now, null, List.of());
    }

    /** From now on this one holds. */
    public void replace(Config config, Instant now) {
        standing = loaded(config, now);
    }

    /** What holds goes on to hold, because what is written now cannot. */
    public void refuse(List<Finding> errors, Instant now) {
        Standing before = standing;
        standing = new Standing(before.config(), before.terms(), before.loadedAt(), now, errors);
    }

    public Standing standing() {
        return standing;
    }

    public Config config() {
        return standing.config();
    }

    public RowTerms terms() {
        return standing.terms();
    }
}
