// SPDX-License-Identifier: Apache-2.0
/**
 * A bucket as a store of objects, which it can only be where the server creates an object on the condition that there is
 * none ({@code If-None-Match: *}).
 *
 * <p>{@link dev.tidemark.sinks.blob.s3.S3Store} is the store, and {@link dev.tidemark.sinks.blob.s3.BucketFiles} what
 * tables are kept in. Only this package knows the SDK, whose own retries are off.
 */
@NullMarked
package dev.tidemark.sinks.blob.s3;

import org.jspecify.annotations.NullMarked;
