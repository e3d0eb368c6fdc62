// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import software.amazon.awssdk.core.sync.RequestBody;

/** Some bytes of a local file as the body of a request, read as often as the signature and the wire ask for them. */
record FilePart(Disk disk, Path file, long from, long length) {
    RequestBody body() {
        return RequestBody.fromContentProvider(this::open, length, "application/octet-stream");
    }

    private InputStream open() {
        try {
            return new DiskInput(disk.read(file), from, from + length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
