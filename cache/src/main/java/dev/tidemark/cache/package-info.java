// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.tidemark.cache;

import org.jspecify.annotations.NullMarked;
