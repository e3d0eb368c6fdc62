// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that loses what was not synced, and fails where it is told to.
 *
 * <p>It has two states: what processes see, and what survives a power cut. Bytes get from the first to the second by
 * {@link DiskFile#sync}, names by {@link #syncDirectory}; {@link #createDirectories} is durable by itself. Mutating
 * operations are counted from 1, and {@link Faults} say what becomes of each. A cut operation reaches what processes
 * see, throws {@link PowerCut}, and so does everything after it. Then {@link #afterKill}, {@link #afterKillJustBefore}
 * and {@link #afterPowerCut} give the disks that the next process may find, each a copy:
 *
 * <pre>{@code
 * FaultyDisk disk = new FaultyDisk();
 * disk.inject(Faults.cutAt(7));
 * assertThrows(PowerCut.class, () -> append(disk));
 * FaultyDisk rebooted = disk.afterPowerCut(Survivors.random(42));
 * }</pre>
 *
 * <p>Paths are those of the default file system, which is never touched. Safe for use by several threads: everything
 * happens under the lock of the disk.
 */
public final class FaultyDisk implements Disk {
    private static final long CAPACITY = 1L << 40;
    private static final String NO_SPACE = "No space left on device";

    private final SimulatedDirectory root;
    private Faults faults = Faults.NONE;
    private @Nullable Consumer<Faults.Call> observer;
    private @Nullable Interposed interposed;
    private InstantSource dates = () -> Instant.MAX;
    private long capacity = CAPACITY;
    private long used;
    private long operations;
    private long bytesRead;
    private long syncs;
    private final Map<Path, Integer> opens = new HashMap<>();
    private boolean cut;
    private @Nullable SimulatedDirectory justBefore;

    private record Interposed(DiskOperation operation, Predicate<Path> such, Runnable happening) {}

    public FaultyDisk() {
        this(new SimulatedDirectory());
    }

    private FaultyDisk(SimulatedDirectory root) {
        this.root = root;
        this.used = root.bytes();
    }

    /** From now on these decide. */
    public synchronized void inject(Faults chosen) {
        faults = chosen;
    }

    /** From now on this is told of every mutating operation before it happens, on the thread that asks for it. */
    public synchronized void observe(Consumer<Faults.Call> told) {
        observer = told;
    }

    /**
     * Before the next link or directory sync of such a path this happens, once, on the thread that asks for it. The disk is
     * free meanwhile: other threads may use it, and so may this.
     */
    public synchronized void interpose(DiskOperation operation, Predicate<Path> such, Runnable happening) {
        interposed = new Interposed(operation, such, happening);
    }

    /** From now on files bear the time of this clock when they are written; without one each counts as just written. */
    public synchronized void datesFilesBy(InstantSource clock) {
        dates = clock;
    }

    /** No more than so many bytes fit; what is beyond them is refused with "No space left on device". */
    public synchronized void holdAtMost(long bytes) {
        capacity = bytes;
    }

    /** So many bytes fit beside those that are there now. */
    public synchronized void leaveRoomFor(long bytes) {
        capacity = used + bytes;
    }

    /** Mutating operations so far. */
    public synchronized long operations() {
        return operations;
    }

    /** Bytes that were read from files. */
    public synchronized long bytesRead() {
        return bytesRead;
    }

    /** Syncs of files and of directories so far. */
    public synchronized long syncs() {
        return syncs;
    }

    /** How often files were created or opened whose path is such. */
    public synchronized long opens(Predicate<Path> such) {
        return opens.entrySet().stream()
                .filter(entry -> such.test(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Whether the process is gone. */
    public synchronized boolean isCut() {
        return cut;
    }

    /** Ends the process now, between two operations. */
    public synchronized void cutNow() {
        justBefore = root.copy();
        cut = true;
    }

    /** After a kill -9 of the process: all that it wrote is there, durable or not. */
    public synchronized FaultyDisk afterKill() {
        return inherit(root.copy());
    }

    /** After a kill -9 that came before the cut operation had happened. */
    public synchronized FaultyDisk afterKillJustBefore() {
        return inherit((justBefore == null ? root : justBefore).copy());
    }

    /** After a power cut: all that was synced is there, and of the rest what {@code survivors} say. */
    public synchronized FaultyDisk afterPowerCut(Survivors survivors) {
        return inherit(root.survive(survivors));
    }

    private FaultyDisk inherit(SimulatedDirectory found) {
        FaultyDisk next = new FaultyDisk(found);
        next.capacity = capacity;
        next.dates = dates;
        return next;
    }

    @Override
    public synchronized DiskFile create(Path file) throws IOException {
        Fault fault = begin(DiskOperation.CREATE, file);
        SimulatedDirectory directory = parentOf(file);
        String name = nameOf(file);
        if (directory.named(name) != null) {
            throw new FileAlreadyExistsException(file.toString());
        }
        SimulatedFile created = new SimulatedFile();
        created.modified(dates.instant());
        directory.bind(operations, name, created);
        created.named();
        end(fault);
        return new Handle(file, created, true);
    }

    @Override
    public synchronized DiskFile open(Path file) throws IOException {
        checkAlive();
        return new Handle(file, existing(file), true);
    }

    @Override
    public synchronized DiskFile read(Path file) throws IOException {
        checkAlive();
        return new Handle(file, existing(file), false);
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        Fault fault = begin(DiskOperation.RENAME, to);
        SimulatedDirectory source = parentOf(from);
        SimulatedDirectory target = parentOf(to);
        SimulatedNode moved = require(source.named(nameOf(from)), from);
        SimulatedNode replaced = target.named(nameOf(to));
        if (replaced instanceof SimulatedDirectory || (replaced != null && moved instanceof SimulatedDirectory)) {
            throw new FileSystemException(from.toString(), to.toString(), "Is a directory");
        }
        if (replaced != moved) {
            source.unbind(operations, nameOf(from));
            target.bind(operations, nameOf(to), moved);
            if (replaced instanceof SimulatedFile file) {
                file.unnamed();
                release(file);
            }
        }
        end(fault);
    }

    @Override
    public void link(Path existing, Path second) throws IOException {
        happenBefore(DiskOperation.LINK, second);
        linkNow(existing, second);
    }

    private synchronized void linkNow(Path existing, Path second) throws IOException {
        Fault fault = begin(DiskOperation.LINK, second);
        SimulatedFile file = existing(existing);
        SimulatedDirectory directory = parentOf(second);
        if (directory.named(nameOf(second)) != null) {
            throw new FileAlreadyExistsException(second.toString());
        }
        directory.bind(operations, nameOf(second), file);
        file.named();
        end(fault);
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        Fault fault = begin(DiskOperation.DELETE, file);
        SimulatedDirectory directory = parentOf(file);
        switch (require(directory.named(nameOf(file)), file)) {
            case SimulatedDirectory below
            when !below.names().isEmpty() -> throw new DirectoryNotEmptyException(file.toString());
            case SimulatedDirectory below -> directory.unbind(operations, nameOf(file));
            case SimulatedFile gone -> {
                directory.unbind(operations, nameOf(file));
                gone.unnamed();
                release(gone);
            }
        }
        end(fault);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        happenBefore(DiskOperation.SYNC_DIRECTORY, directory);
        syncDirectoryNow(directory);
    }

    private synchronized void syncDirectoryNow(Path directory) throws IOException {
        Fault fault = begin(DiskOperation.SYNC_DIRECTORY, directory);
        SimulatedDirectory synced = directory(directory);
        if (fault != Fault.CUT && fault != Fault.LOSE) {
            synced.sync();
        }
        end(fault);
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Fault fault = begin(DiskOperation.CREATE_DIRECTORIES, directory);
        SimulatedDirectory parent = root;
        for (Path name : directory.toAbsolutePath().normalize()) {
            SimulatedNode child = parent.named(name.toString());
            if (child instanceof SimulatedFile) {
                throw new FileAlreadyExistsException(directory.toString());
            }
            if (child == null) {
                child = new SimulatedDirectory();
                parent.bind(operations, name.toString(), child);
            }
            if (fault != Fault.CUT) {
                parent.syncName(name.toString());
            }
            parent = (SimulatedDirectory) child;
        }
        end(fault);
    }

    @Override
    public synchronized List<Path> list(Path directory) throws IOException {
        checkAlive();
        return find(directory) instanceof SimulatedDirectory found
                ? found.names().stream().map(directory::resolve).sorted().toList()
                : List.of();
    }

    @Override
    public synchronized boolean exists(Path file) {
        checkAlive();
        return find(file) != null;
    }

    @Override
    public synchronized int names(Path file) throws IOException {
        checkAlive();
        return existing(file).names();
    }

    @Override
    public synchronized Instant modified(Path file) throws IOException {
        checkAlive();
        return require(find(file), file) instanceof SimulatedFile found ? found.modified() : Instant.MAX;
    }

    @Override
    public synchronized long usableBytes(Path directory) throws IOException {
        checkAlive();
        require(find(directory), directory);
        return Math.max(0, capacity - used);
    }

    @Override
    public synchronized long totalBytes(Path directory) throws IOException {
        checkAlive();
        require(find(directory), directory);
        return capacity;
    }

    private void happenBefore(DiskOperation operation, Path path) {
        Interposed happens;
        synchronized (this) {
            happens = interposed;
            if (happens == null
                    || happens.operation() != operation
                    || !happens.such().test(path)) {
                return;
            }
            interposed = null;
        }
        happens.happening().run();
    }

    /** Counts an operation and fails it when nothing of it shall happen. */
    private Fault begin(DiskOperation operation, Path path) throws IOException {
        checkAlive();
        operations++;
        if (operation.isSync()) {
            syncs++;
        }
        Faults.Call call = new Faults.Call(operations, operation.isSync() ? syncs : 0, operation, path);
        if (observer != null) {
            observer.accept(call);
        }
        Fault fault = faults.of(call);
        if (fault == Fault.FAIL_BEFORE || (fault == Fault.TEAR && operation != DiskOperation.WRITE)) {
            throw new IOException("injected: " + operation + " of " + path + " fails");
        }
        if (fault == Fault.FULL && operation.takesRoom()) {
            throw new IOException(NO_SPACE);
        }
        if (fault == Fault.CUT) {
            justBefore = root.copy();
            cut = true;
        }
        return fault;
    }

    /** Fails an operation that has happened. */
    private void end(Fault fault) throws IOException {
        switch (fault) {
            case NONE, FAIL_BEFORE, FULL -> {}
            case TEAR -> throw new IOException("injected: operation " + operations + " fails, half done");
            case CUT -> checkAlive();
            case FAIL_AFTER -> throw new IOException("injected: operation " + operations + " fails, done");
            case LOSE -> throw new IOException("injected: Input/output error");
        }
    }

    private void checkAlive() {
        if (cut) {
            throw new PowerCut(operations);
        }
    }

    private void release(SimulatedFile file) {
        if (file.isGone()) {
            used -= file.size();
        }
    }

    private @Nullable SimulatedNode find(Path path) {
        SimulatedNode node = root;
        for (Path name : path.toAbsolutePath().normalize()) {
            if (!(node instanceof SimulatedDirectory directory)) {
                return null;
            }
            node = directory.named(name.toString());
        }
        return node;
    }

    private SimulatedFile existing(Path path) throws IOException {
        return switch (require(find(path), path)) {
            case SimulatedFile file -> file;
            case SimulatedDirectory directory -> throw new FileSystemException(path.toString(), null, "Is a directory");
        };
    }

    private SimulatedDirectory directory(Path path) throws IOException {
        return switch (require(find(path), path)) {
            case SimulatedDirectory directory -> directory;
            case SimulatedFile file -> throw new FileSystemException(path.toString(), null, "Not a directory");
        };
    }

    private SimulatedDirectory parentOf(Path path) throws IOException {
        Path parent = path.toAbsolutePath().normalize().getParent();
        if (parent == null) {
            throw new FileSystemException(path.toString(), null, "Is a directory");
        }
        return directory(parent);
    }

    private static String nameOf(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        return absolute.getName(absolute.getNameCount() - 1).toString();
    }

    private static SimulatedNode require(@Nullable SimulatedNode node, Path path) throws NoSuchFileException {
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    /** One open file; its state is guarded by the lock of the disk. */
    private final class Handle implements DiskFile {
        private final Path path;
        private final SimulatedFile file;
        private final boolean writable;
        private boolean closed;

        Handle(Path path, SimulatedFile file, boolean writable) {
            this.path = path;
            this.file = file;
            this.writable = writable;
            file.opened();
            opens.merge(path.toAbsolutePath().normalize(), 1, Integer::sum);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                checkOpen();
                int count = file.read(target, position);
                bytesRead += Math.max(0, count);
                return count;
            }
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                checkWritable();
                Fault fault = begin(DiskOperation.WRITE, path);
                if (fault == Fault.TEAR) {
                    source.limit(source.position() + source.remaining() / 2);
                }
                int wanted = source.remaining();
                long room = Math.max(0, capacity - used);
                byte[] fits = new byte[(int) Math.min(wanted, Math.max(0, file.size() + room - position))];
                source.get(fits);
                long before = file.size();
                file.write(fits, position);
                file.modified(dates.instant());
                used += file.size() - before;
                end(fault);
                if (fits.length < wanted) {
                    throw new IOException(NO_SPACE);
                }
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (FaultyDisk.this) {
                checkOpen();
                Fault fault = begin(DiskOperation.SYNC, path);
                switch (fault) {
                    case CUT -> {}
                    case LOSE -> file.forgetChanges();
                    default -> file.sync();
                }
                end(fault);
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (FaultyDisk.this) {
                checkOpen();
                return file.size();
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (FaultyDisk.this) {
                checkWritable();
                Fault fault = begin(DiskOperation.TRUNCATE, path);
                if (size < file.size()) {
                    used -= file.size() - size;
                    file.truncate(size);
                }
                end(fault);
            }
        }

        /** Never fails, so that a dying process can unwind. */
        @Override
        public void close() {
            synchronized (FaultyDisk.this) {
                if (!closed) {
                    closed = true;
                    file.closed();
                    release(file);
                }
            }
        }

        private void checkOpen() throws IOException {
            checkAlive();
            if (closed) {
                throw new ClosedChannelException();
            }
        }

        private void checkWritable() throws IOException {
            checkOpen();
            if (!writable) {
                throw new NonWritableChannelException();
            }
        }
    }
}
