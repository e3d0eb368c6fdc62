// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.sinks.encoding.Places;
import java.util.Arrays;

/** Rows of several batches, each a batch and a row in one number. */
final class PlaceList implements Places {
    private static final long ROW_MASK = 0xFFFF_FFFFL;

    private long[] places = new long[1024];
    private int count;

    void add(int batch, int row) {
        if (count == places.length) {
            places = Arrays.copyOf(places, count * 2);
        }
        places[count] = (long) batch << Integer.SIZE | row;
        count++;
    }

    void clear() {
        count = 0;
    }

    void sort(RowSort sort) {
        sort.sort(places, count);
    }

    static int batchOf(long place) {
        return (int) (place >>> Integer.SIZE);
    }

    static int rowOf(long place) {
        return (int) (place & ROW_MASK);
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public int batch(int place) {
        return batchOf(places[place]);
    }

    @Override
    public int row(int place) {
        return rowOf(places[place]);
    }
}
