// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

/** What became of one attempt to create an object. */
public sealed interface Put {
    /** It is there, whole and durable. */
    record Created(long bytes) implements Put {}

    /** Somebody, perhaps we, had created one of that name before; it was not touched. */
    record Taken() implements Put {}

    /** It may be there: look. */
    record Unknown(String why) implements Put {}
}
