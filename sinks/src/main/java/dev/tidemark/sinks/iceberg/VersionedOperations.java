// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.iceberg.PresentTimes;
import dev.tidemark.cache.iceberg.UncommittedOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;

/**
 * The commit point of a table that is its files: {@code metadata/vN.metadata.json}, of which the highest N counts.
 *
 * <p>Whoever creates the next one has committed; the shelf lets one writer do that, of however many hosts.
 */
final class VersionedOperations implements TableOperations {
    private static final Pattern VERSION = Pattern.compile("v(\\d+)\\.metadata\\.json");

    private final Shelf shelf;
    private final ShelfIO io;
    private final String location;
    private int version;
    private @Nullable TableMetadata known;

    VersionedOperations(Shelf shelf, String location) {
        this.shelf = shelf;
        this.io = new ShelfIO(shelf);
        this.location = location;
    }

    /** The version whose metadata a file is, or 0. */
    static int versionOf(String file) {
        Matcher name = VERSION.matcher(file.substring(file.lastIndexOf('/') + 1));
        return name.matches() ? Integer.parseInt(name.group(1)) : 0;
    }

    private String file(int ofVersion) {
        return metadataFileLocation("v" + ofVersion + ".metadata.json");
    }

    @Override
    public synchronized @Nullable TableMetadata current() {
        return known == null ? refresh() : known;
    }

    @Override
    public synchronized @Nullable TableMetadata refresh() {
        try {
            int newest = newest();
            if (newest != version) {
                known = TableMetadataParser.read(io.newInputFile(file(newest)));
                version = newest;
            }
            if (known != null) {
                known = PresentTimes.of(known);
            }
            return known;
        } catch (IOException e) {
            throw new UncheckedIOException("looking for the newest metadata of " + location, e);
        }
    }

    /** Versions follow each other, and who deletes old ones begins with the oldest. */
    private int newest() throws IOException {
        if (version > 0 && shelf.exists(file(version))) {
            int newest = version;
            while (shelf.exists(file(newest + 1))) {
                newest++;
            }
            return newest;
        }
        return shelf.list(metadataFileLocation("")).stream()
                .mapToInt(found -> versionOf(found.location()))
                .max()
                .orElse(0);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // One reading of the metadata is one object: no other can be its base.
    public synchronized void commit(@Nullable TableMetadata base, TableMetadata metadata) {
        if (base != known) {
            throw new CommitFailedException("%s moved to version %s", location, version);
        }
        int next = version + 1;
        String content = TableMetadataParser.toJson(metadata);
        try {
            if (!shelf.createOnly(file(next), content.getBytes(StandardCharsets.UTF_8))) {
                throw new CommitFailedException("somebody else committed %s", file(next));
            }
        } catch (IOException e) {
            throw new CommitStateUnknownException(e);
        }
        known = TableMetadataParser.fromJson(file(next), content);
        version = next;
        hint(next);
    }

    /** Tells other engines where to begin to look; they look further, so it may be missing or old. */
    private void hint(int newest) {
        try {
            shelf.replace(
                    metadataFileLocation("version-hint.text"),
                    Integer.toString(newest).getBytes(StandardCharsets.UTF_8));
        } catch (IOException notNeeded) {
            // The commit is made, and nothing here reads it.
        }
    }

    @Override
    public FileIO io() {
        return io;
    }

    @Override
    public String metadataFileLocation(String fileName) {
        return location + "/metadata/" + fileName;
    }

    @Override
    public LocationProvider locationProvider() {
        TableMetadata metadata = current();
        if (metadata == null) {
            throw new IllegalStateException("there is no table at " + location);
        }
        return LocationProviders.locationsFor(location, metadata.properties());
    }

    /** What a transaction works on before it commits: the same files, other metadata. */
    @Override
    public TableOperations temp(TableMetadata uncommitted) {
        return new UncommittedOperations(this, location, uncommitted);
    }
}
