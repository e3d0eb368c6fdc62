// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I13")
class HeapBudgetTest {
    private static final int KIBIBYTE = 1024;

    @Test
    void ofThoseThatHoldAPartOneGetsTheRestAndTheOthersMakeWay() throws Exception {
        HeapBudget budget = new HeapBudget(16 * KIBIBYTE, Duration.ofSeconds(20));
        CompletableFuture<Boolean> served = new CompletableFuture<>();
        HeapBudget.Lease second = budget.lease();
        try (HeapBudget.Lease first = budget.lease()) {
            first.growTo(8 * KIBIBYTE);
            second.growTo(8 * KIBIBYTE);
            Thread wantsAll = Thread.ofPlatform().start(() -> served.complete(isServed(first)));
            await().until(() -> wantsAll.getState() == Thread.State.TIMED_WAITING);
            assertThrows(RefusedException.class, () -> second.growTo(16 * KIBIBYTE));
            second.close();
            assertTrue(served.get(), "the first had to wait only for the second");
        }
        assertEquals(16 * KIBIBYTE, budget.freeBytes());
    }

    private static boolean isServed(HeapBudget.Lease lease) {
        try {
            lease.growTo(16 * KIBIBYTE);
            return true;
        } catch (RefusedException | InterruptedIOException e) {
            return false;
        }
    }

    @Test
    void whoHoldsNothingIsRefusedAfterItsTime() throws Exception {
        HeapBudget budget = new HeapBudget(16 * KIBIBYTE, Duration.ZERO);
        try (HeapBudget.Lease all = budget.lease();
                HeapBudget.Lease none = budget.lease()) {
            all.growTo(16 * KIBIBYTE);
            assertThrows(RefusedException.class, () -> none.growTo(KIBIBYTE));
        }
    }
}
