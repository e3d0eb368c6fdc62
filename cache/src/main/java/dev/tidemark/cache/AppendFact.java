// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/** Something that becomes true in the step that makes an append's rows durable, and not without them. */
public sealed interface AppendFact permits IdempotencyKey, ReceivedUnit {}
