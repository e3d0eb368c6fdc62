// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;
import java.util.Optional;

/** What travels with the rows of one append: at most one fact of a kind. */
public record AppendFacts(List<AppendFact> facts) {
    public static final AppendFacts NONE = new AppendFacts(List.of());

    public AppendFacts {
        facts = List.copyOf(facts);
        if (facts.stream().map(AppendFact::getClass).distinct().count() < facts.size()) {
            throw new IllegalArgumentException("two facts of a kind: " + facts);
        }
    }

    public static AppendFacts of(AppendFact... facts) {
        return new AppendFacts(List.of(facts));
    }

    public Optional<IdempotencyKey> idempotencyKey() {
        for (AppendFact fact : facts) {
            switch (fact) {
                case IdempotencyKey key -> {
                    return Optional.of(key);
                }
            }
        }
        return Optional.empty();
    }
}
