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
    /** What is kept of a connection on which nothing happens: 807 bytes, as seen in a heap of 10,000. */
    private static final long RESTING_BYTES = 1 << 10;

    /** What a connection takes from its first byte to its last beside bodies and pages: buffers and a stack. */
    private static final long SERVED_BYTES = 32 << 10;

    /**
     * How many connections there may be: a tenth of the heap for those that rest, and a sixteenth for those that are
     * served.
     */
    static Lobby.Room room(int connectionsMax) {
        long heap = Runtime.getRuntime().maxMemory();
        return new Lobby.Room(
                (int) Math.min(connectionsMax, heap / 10 / RESTING_BYTES), (int) (heap / 16 / SERVED_BYTES));
    }

    /** Three quarters of what the process may ever use, in sixteenths; the rest is for everything else. */
    static HeapShares ofThisProcess() {
        long sixteenth = Runtime.getRuntime().maxMemory() / 16;
        return new HeapShares(
                new HeapBudget(3 * sixteenth), new HeapBudget(8 * sixteenth), new HeapBudget(2 * sixteenth));
    }
}
