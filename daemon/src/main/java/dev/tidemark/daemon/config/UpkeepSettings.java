// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.UpkeepLimits;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When tables are looked after, and how long what is in them stays.
 *
 * @param retention of the datasets that say something of it
 */
public record UpkeepSettings(Duration every, UpkeepLimits limits, Map<String, Retention> retention) {
    public static final UpkeepSettings DEFAULT = new UpkeepSettings(
            Duration.ofMinutes(10), new UpkeepLimits(Duration.ofSeconds(30), 64L << 20, 128L << 20, 8), Map.of());

    private static final long AUTO_MAX = 10L << 30;
    private static final int AUTO_SHARE = 2;

    /**
     * What a dataset says.
     *
     * @param rule its bytes count only where {@code bytes} is not null
     * @param bytes null: a share of the file system
     */
    public record Retention(RetentionRule rule, @Nullable Long bytes) {
        public static final Retention DEFAULT = new Retention(
                new RetentionRule(
                        Duration.ofDays(90), AUTO_MAX, null, Duration.ofHours(24), RetentionRule.OverQuota.REFUSE),
                null);
    }

    public UpkeepSettings {
        retention = Map.copyOf(retention);
    }

    /** The rule of a dataset, on a file system of a size. */
    public RetentionRule ruleOf(String dataset, long fileSystemBytes) {
        Retention said = retention.getOrDefault(dataset, Retention.DEFAULT);
        RetentionRule rule = said.rule();
        Long bytes = said.bytes();
        return new RetentionRule(
                rule.age(),
                bytes != null ? bytes : Math.min(AUTO_MAX, fileSystemBytes / AUTO_SHARE),
                rule.holdFor(),
                rule.minStay(),
                rule.overQuota());
    }
}
