// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/** Shows the tests of other packages how many appends wait in a cache. */
public final class CacheWaiting {
    private CacheWaiting() {}

    public static int appends(Cache cache) {
        return cache.waitingAppends();
    }
}
