// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.iceberg.LocalPath;
import dev.tidemark.cache.iceberg.PresentTimes;
import dev.tidemark.cache.iceberg.UncommittedOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
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
 * The commit point of one table in a local directory (LLP 0003).
 *
 * <p>{@code metadata/vN.metadata.json} is the table; the highest N counts, also where another engine made it and compressed
 * it. A commit writes the next metadata beside it,
 * syncs it, and links it to the next name: the link fails when anybody, in this process or another, took that name. {@code
 * version-hint.text} is for other engines; nothing here believes it.
 */
final class LocalTableOperations implements TableOperations {
    private static final Pattern VERSION =
            Pattern.compile("v(\\d+)(?:\\.metadata\\.json(?:\\.gz)?|\\.gz\\.metadata\\.json)");
    /** What follows the version in a name: ours, and those under which another engine puts it compressed. */
    private static final List<String> ENDINGS = List.of(".metadata.json", ".gz.metadata.json", ".metadata.json.gz");

    private static final String UNFINISHED = "tmp-";

    private final DurableFiles files;
    private final Disk disk;
    private final Path location;
    private final Path metadataDirectory;
    private final DiskFileIO io;
    /** Held over a commit, and over a look at the directory, which would otherwise see half of one; guards what follows. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile Known known = new Known(0, null);
    /** What readers are given: the newest that no failed sync has left in doubt. */
    private volatile Known shown = known;

    private boolean inDoubt;

    /** A version of the table, and what it says; nothing before the first. */
    private record Known(int version, @Nullable TableMetadata metadata) {}

    LocalTableOperations(DurableFiles files, Path location) {
        this.files = files;
        this.disk = files.disk();
        this.location = location;
        this.metadataDirectory = location.resolve("metadata");
        this.io = new DiskFileIO(disk, location);
    }

    /** Makes the directories that a first commit needs, and clears away what a crash left unnamed. */
    void prepare() throws IOException {
        files.createDirectories(metadataDirectory);
        files.createDirectories(location.resolve("data"));
        for (Path file : files.list(metadataDirectory)) {
            if (file.getFileName().toString().startsWith(UNFINISHED)) {
                files.delete(file);
            }
        }
    }

    /** The version that is the table now, 0 when there is none. */
    int version() {
        return known.version();
    }

    /** The file that is the table now; the table must be there. */
    Path metadataFile() {
        return file(shown.version());
    }

    /** Whether a commit has its name and may be on no disk, because a sync failed; until one after it succeeds. */
    boolean isInDoubt() {
        turn.lock();
        try {
            return inDoubt;
        } finally {
            turn.unlock();
        }
    }

    /**
     * Shows readers the newest version that is unlike what this says, because nobody knows whether those after it are on
     * disk; until a commit succeeds.
     */
    void hide(Predicate<TableMetadata> doubtful) {
        turn.lock();
        try {
            int version = known.version();
            TableMetadata proven = read(version);
            while (doubtful.test(proven)) {
                version--;
                proven = read(version);
            }
            inDoubt = true;
            shown = new Known(version, present(proven));
        } finally {
            turn.unlock();
        }
    }

    /** The file that has a version, and the one that we would write where none has it. */
    Path file(int ofVersion) {
        return ENDINGS.stream()
                .map(ending -> file(ofVersion, ending))
                .filter(this::isThere)
                .findFirst()
                .orElseGet(() -> file(ofVersion, ENDINGS.getFirst()));
    }

    private Path file(int ofVersion, String ending) {
        return metadataDirectory.resolve("v" + ofVersion + ending);
    }

    private boolean isThere(Path file) {
        try {
            return disk.exists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("looking for " + file, e);
        }
    }

    /** The version whose metadata a file is, or 0. */
    static int versionOf(Path file) {
        Matcher name = VERSION.matcher(file.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(1)) : 0;
    }

    /** The versions whose metadata is still there. */
    List<Integer> versions() throws IOException {
        return files.list(metadataDirectory).stream()
                .map(LocalTableOperations::versionOf)
                .filter(found -> found > 0)
                .toList();
    }

    TableMetadata read(int ofVersion) {
        TableMetadata metadata =
                TableMetadataParser.read(io.newInputFile(file(ofVersion).toString()));
        io.movedFrom(LocalPath.of(metadata.location()));
        return metadata;
    }

    /** Whether metadata names its files by where they are. */
    boolean isHere(TableMetadata metadata) {
        return LocalPath.of(metadata.location()).equals(location);
    }

    /** Where the file with this name in the metadata is. */
    Path resolve(String named) {
        return io.resolve(named);
    }

    /** Whether a file lies where this table keeps its metadata. */
    boolean isMetadata(Path file) {
        return metadataDirectory.equals(file.getParent());
    }

    @Override
    public @Nullable TableMetadata current() {
        TableMetadata current = known.metadata();
        return current == null ? refresh() : current;
    }

    /** The newest metadata; waits while something is committed. */
    @Override
    public @Nullable TableMetadata refresh() {
        turn.lock();
        try {
            return look();
        } finally {
            turn.unlock();
        }
    }

    /**
     * The newest metadata, or, while something is committed, what was known before: a reader waits for nobody's sync.
     *
     * <p>What is being committed is not shown before it is on disk: a reader would take legacy rows for read that a power cut
     * takes back (I6). The rows of a flush are in the spool until its commit has returned, and then this knows it. The same
     * holds of a commit whose last sync failed, until one after it succeeds.
     */
    @Nullable
    TableMetadata glance() {
        if (!turn.tryLock()) {
            return shown.metadata();
        }
        try {
            look();
            return shown.metadata();
        } finally {
            turn.unlock();
        }
    }

    private @Nullable TableMetadata look() {
        try {
            if (isStillNewest(known.version())) {
                settleTimes();
                return known.metadata();
            }
            int newest = versions().stream().mapToInt(Integer::intValue).max().orElse(0);
            if (newest != known.version()) {
                know(newest);
            }
            return known.metadata();
        } catch (IOException e) {
            throw new UncheckedIOException("looking for the newest metadata of " + location, e);
        }
    }

    /** A clock that was set back leaves us with times of the future, upon which Iceberg lets nobody commit. */
    @SuppressWarnings("ReferenceEquality") // One reading of the metadata is one object.
    private void settleTimes() {
        TableMetadata metadata = known.metadata();
        TableMetadata settled = metadata == null ? null : present(metadata);
        if (settled != metadata) {
            known = new Known(known.version(), settled);
            if (!inDoubt) {
                shown = known;
            }
        }
    }

    private static TableMetadata present(TableMetadata metadata) {
        return PresentTimes.of(metadata);
    }

    private void know(int version) {
        known = new Known(version, present(read(version)));
        if (!inDoubt) {
            shown = known;
        }
    }

    /**
     * Whether a version is there and the next one is not. Versions follow each other, and whoever deletes old ones begins
     * with the oldest, so nobody has committed; what that costs does not grow with the versions that are kept.
     */
    private boolean isStillNewest(int version) {
        return version > 0 && isThere(file(version)) && !isThere(file(version + 1));
    }

    @Override
    public void commit(@Nullable TableMetadata base, TableMetadata metadata) {
        turn.lock();
        try {
            commitNext(base, metadata);
        } finally {
            turn.unlock();
        }
    }

    @SuppressWarnings("ReferenceEquality") // One reading of the metadata is one object: no other can be its base.
    private void commitNext(@Nullable TableMetadata base, TableMetadata metadata) {
        int version = known.version();
        if (base != known.metadata()) {
            throw new CommitFailedException("%s moved to version %s", location, version);
        }
        Path next = file(version + 1);
        if (isThere(next)) {
            throw new CommitFailedException("somebody else committed %s", next);
        }
        Path unfinished = metadataDirectory.resolve(UNFINISHED + UUID.randomUUID() + ".metadata.json");
        try {
            write(unfinished, TableMetadataParser.toJson(metadata).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CommitFailedException(e, "writing %s", unfinished);
        }
        try {
            disk.link(unfinished, next);
        } catch (FileAlreadyExistsException taken) {
            throw new CommitFailedException(taken, "somebody else committed %s", next);
        } catch (IOException e) {
            inDoubt = true; // The name may be there all the same, and be on no disk.
            throw new CommitStateUnknownException(e);
        }
        inDoubt = true;
        try {
            hint(version + 1);
            disk.delete(unfinished);
            // durable: I5 table.commit.directory
            disk.syncDirectory(metadataDirectory);
            inDoubt = false;
            know(version + 1);
        } catch (IOException | RuntimeException e) { // It has its name, whatever happened after.
            throw new CommitStateUnknownException(e);
        }
    }

    private void write(Path file, byte[] content) throws IOException {
        try (DiskFile open = createAnew(file)) {
            open.write(ByteBuffer.wrap(content), 0);
            // durable: I5 table.metadata.sync
            open.sync();
        }
    }

    /** Tells other engines where to begin to look; it need not survive a power cut, and they look further. */
    private void hint(int newest) throws IOException {
        Path beside = metadataDirectory.resolve(UNFINISHED + "version-hint.text");
        try (DiskFile open = createAnew(beside)) {
            open.write(ByteBuffer.wrap(Integer.toString(newest).getBytes(StandardCharsets.UTF_8)), 0);
        }
        disk.rename(beside, metadataDirectory.resolve("version-hint.text"));
    }

    private DiskFile createAnew(Path file) throws IOException {
        if (disk.exists(file)) {
            disk.delete(file);
        }
        return disk.create(file);
    }

    @Override
    public FileIO io() {
        return io;
    }

    @Override
    public String metadataFileLocation(String fileName) {
        return metadataDirectory.resolve(fileName).toString();
    }

    @Override
    public LocationProvider locationProvider() {
        TableMetadata metadata = current();
        if (metadata == null) {
            throw new IllegalStateException("there is no table at " + location);
        }
        return LocationProviders.locationsFor(location.toString(), metadata.properties());
    }

    /** What a transaction works on before it commits: the same files, other metadata. */
    @Override
    public TableOperations temp(TableMetadata uncommitted) {
        return new UncommittedOperations(this, location.toString(), uncommitted);
    }
}
