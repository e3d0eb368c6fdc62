// SPDX-License-Identifier: Apache-2.0
/** Proves what is answered, against a listening server and a cache on the real disk. */
@NullMarked
package dev.tidemark.daemon.http;

import org.jspecify.annotations.NullMarked;
