// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What is to be adopted.
 *
 * @param dataset as it is, or as it is declared when nobody has written to it
 * @param paths Parquet files, and directories of Iceberg tables
 * @param above its rows get ordinals above this, and above every ordinal of the dataset
 */
public record AdoptRequest(Dataset dataset, List<Path> paths, Adoption.Reach reach, long above, Progress progress) {
    public AdoptRequest {
        paths = List.copyOf(paths);
    }

    /** One that goes on where the dataset's ordinals end. */
    public AdoptRequest(Dataset dataset, List<Path> paths, Adoption.Reach reach, Progress progress) {
        this(dataset, paths, reach, 0, progress);
    }

    /** Is told now and then how far an adoption got. */
    @FunctionalInterface
    public interface Progress {
        /**
         * So many rows were looked at; the last one came from this source.
         *
         * @throws InterruptedIOException to end the adoption, of which nothing is left then
         */
        void at(Path source, long rows) throws InterruptedIOException;
    }
}
