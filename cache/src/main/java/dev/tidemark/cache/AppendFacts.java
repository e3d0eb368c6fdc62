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
        return of(IdempotencyKey.class);
    }

    public Optional<ReceivedUnit> receivedUnit() {
        return of(ReceivedUnit.class);
    }

    private <T extends AppendFact> Optional<T> of(Class<T> kind) {
        return facts.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }
}
