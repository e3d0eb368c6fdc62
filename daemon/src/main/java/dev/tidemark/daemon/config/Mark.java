// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** A place in a file; both numbers count from 1. */
record Mark(int line, int column) {
    static final Mark START = new Mark(1, 1);
}
