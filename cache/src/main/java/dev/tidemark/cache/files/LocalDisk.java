// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The file system of this host. Directories come out 0750 and files 0640. */
public final class LocalDisk implements Disk {
    private static final FileAttribute<?> DIRECTORY_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));
    private static final FileAttribute<?> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    private final Map<Path, FileStore> stores = new ConcurrentHashMap<>();

    @Override
    public DiskFile create(Path file) throws IOException {
        return new Local(FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                FILE_MODE));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new Local(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile openSteady(Path file) throws IOException {
        return SteadyFile.open(file);
    }

    @Override
    public DiskFile read(Path file) throws IOException {
        return new Local(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void link(Path existing, Path second) throws IOException {
        Files.createLink(second, existing);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null) {
            return;
        }
        if (Files.isDirectory(absolute)) {
            syncAgain(parent);
            return;
        }
        createDirectories(parent);
        createDirectory(absolute);
        syncDirectory(parent);
    }

    /** Whoever made a directory in this one may have died before the sync. */
    private void syncAgain(Path parent) throws IOException {
        try {
            syncDirectory(parent);
        } catch (AccessDeniedException notOurs) {
            // A process of this user would have failed at its own sync, so somebody else made it.
            return;
        }
    }

    private static void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, DIRECTORY_MODE);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> names = Files.list(directory)) {
            return names.sorted().toList();
        } catch (NoSuchFileException | NotDirectoryException absent) {
            return List.of();
        }
    }

    @Override
    public boolean exists(Path file) {
        return Files.exists(file);
    }

    @Override
    public int names(Path file) throws IOException {
        try {
            return (Integer) Files.getAttribute(file, "unix:nlink");
        } catch (UnsupportedOperationException e) {
            return Integer.MAX_VALUE;
        }
    }

    @Override
    public Instant modified(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toInstant();
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return store(directory).getUsableSpace();
    }

    @Override
    public long totalBytes(Path directory) throws IOException {
        return store(directory).getTotalSpace();
    }

    /** Kept, because finding it reads the whole list of mounts; what it says is always of now. */
    private FileStore store(Path directory) throws IOException {
        FileStore known = stores.get(directory);
        if (known == null) {
            known = Files.getFileStore(directory);
            stores.put(directory, known);
        }
        return known;
    }

    private record Local(FileChannel channel) implements DiskFile {
        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            while (target.hasRemaining()) {
                int count = channel.read(target, position + total);
                if (count < 0) {
                    break;
                }
                total += count;
            }
            return total;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            long at = position;
            while (source.hasRemaining()) {
                at += channel.write(source, at);
            }
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
