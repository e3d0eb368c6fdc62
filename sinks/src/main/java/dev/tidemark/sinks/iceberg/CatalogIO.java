// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.sinks.iceberg.CatalogShelf.Buckets;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.StorageCredential;
import org.apache.iceberg.io.SupportsStorageCredentials;

/** The files of a table where a catalog has put it, with what the catalog handed out for them. */
final class CatalogIO implements FileIO, SupportsStorageCredentials {
    private static final long serialVersionUID = 1L;

    private transient CatalogShelf shelf;

    CatalogIO(Shelf disk, Buckets buckets, Map<String, String> properties) {
        shelf = new CatalogShelf(disk, buckets, Map.copyOf(properties), List.of());
    }

    Shelf shelf() {
        return shelf;
    }

    @Override
    public void setCredentials(List<StorageCredential> credentials) {
        shelf = new CatalogShelf(shelf.disk(), shelf.buckets(), shelf.properties(), List.copyOf(credentials));
    }

    @Override
    public List<StorageCredential> credentials() {
        return shelf.handed();
    }

    @Override
    public Map<String, String> properties() {
        return shelf.properties();
    }

    @Override
    public InputFile newInputFile(String location) {
        return new ShelfIO(shelf).newInputFile(location);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new ShelfIO(shelf).newOutputFile(location);
    }

    @Override
    public void deleteFile(String location) {
        new ShelfIO(shelf).deleteFile(location);
    }
}
