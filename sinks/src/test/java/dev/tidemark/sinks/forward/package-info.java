// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.tidemark.sinks.forward;

import org.jspecify.annotations.NullMarked;
