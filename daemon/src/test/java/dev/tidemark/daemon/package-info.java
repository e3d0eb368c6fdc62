// SPDX-License-Identifier: Apache-2.0
/** The process: its clock, its exit codes, its start and stop. */
@NullMarked
package dev.tidemark.daemon;

import org.jspecify.annotations.NullMarked;
