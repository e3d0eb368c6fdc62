// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

/**
 * How requests share the heap (I13): three budgets, so that readers who do not read keep no rows from arriving, and
 * bodies that arrive slowly keep none that have arrived from the spool.
 *
 * @param bodies what has been read of requests
 * @param appends copies of rows on their way through the spool
 * @param pages rows on their way to readers
 */
record HeapShares(HeapBudget bodies, HeapBudget appends, HeapBudget pages) {
    /** What the server keeps for a connection on which nothing happens: buffers and a stack, as seen in a heap. */
    private static final long CONNECTION_BYTES = 24 << 10;

    /** How many connections an eighth of the heap has room for. */
    static int connections() {
        return (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 8 / CONNECTION_BYTES);
    }

    /** Three quarters of what the process may ever use, in sixteenths; the rest is for everything else. */
    static HeapShares ofThisProcess() {
        long sixteenth = Runtime.getRuntime().maxMemory() / 16;
        return new HeapShares(
                new HeapBudget(3 * sixteenth), new HeapBudget(8 * sixteenth), new HeapBudget(2 * sixteenth));
    }
}
