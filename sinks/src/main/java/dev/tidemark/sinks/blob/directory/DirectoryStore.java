// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.directory;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.DeliveredObject.Source;
import dev.tidemark.sinks.blob.BlobStore;
import dev.tidemark.sinks.blob.Haste;
import dev.tidemark.sinks.blob.ObjectFacts;
import dev.tidemark.sinks.blob.ObjectName;
import dev.tidemark.sinks.blob.Put;
import dev.tidemark.sinks.blob.StoredObject;
import dev.tidemark.sinks.encoding.ObjectContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A directory in which a file has its name only when all of it is on disk (I10).
 *
 * <p>An object is written as {@code .<name>.part} and synced, gets its line in the folder's receipts, is linked to its
 * name, which fails if the name is taken, and the folder is synced. A crash leaves at most a {@code .part} file, which
 * the next attempt at the same object replaces.
 */
public final class DirectoryStore implements BlobStore {
    private static final int BUFFER_BYTES = 64 << 10;

    /** A folder that every store has, in lower case. */
    private static final String CLAIMS = "_tidemark";

    private final Path root;
    private final DurableFiles files;
    private final Disk disk;
    private final InstantSource clock;

    /** Folders whose names this open has made durable; one for each partition at most. */
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    /** Guards every folder's receipts, which all sinks of this store append to. It is there for the I/O. */
    private final ReentrantLock receipts = new ReentrantLock();

    public DirectoryStore(Path root, DurableFiles files, InstantSource clock) {
        this.root = root;
        this.files = files;
        this.disk = files.disk();
        this.clock = clock;
    }

    @Override
    public String place() {
        return "dir:" + root;
    }

    @Override
    public Put create(String key, Path content, ObjectFacts facts) throws IOException {
        return create(key, content, facts, Haste.NONE);
    }

    @Override
    public Put create(String key, Path content, ObjectFacts facts, Haste haste) throws IOException {
        Path target = root.resolve(key);
        Path folder = folder(target);
        createFolder(folder);
        if (disk.exists(target)) {
            return new Put.Taken();
        }
        Path part = part(target);
        Copied copied = copy(content, part, haste);
        receipt(folder, target, copied, facts);
        try {
            disk.link(part, target);
        } catch (FileAlreadyExistsException e) {
            disk.delete(part);
            return new Put.Taken();
        } catch (IOException e) {
            return new Put.Unknown(e.toString());
        }
        try {
            // durable: I10 directory.object.name
            disk.syncDirectory(folder);
            disk.delete(part);
        } catch (IOException e) {
            return new Put.Unknown(e.toString());
        }
        return new Put.Created(copied.bytes);
    }

    private static Path part(Path target) {
        return target.resolveSibling("." + name(target) + ".part");
    }

    /** The bytes that were copied, and their SHA-256 in hex. */
    private record Copied(long bytes, String sha256) {}

    private Copied copy(Path content, Path part, Haste haste) throws IOException {
        Haste.Going going = haste.begin();
        if (disk.exists(part)) {
            disk.delete(part);
        }
        MessageDigest sha256 = sha256();
        long bytes = 0;
        try (DiskFile from = disk.read(content);
                DiskFile to = disk.create(part)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (from.read(buffer, bytes) > 0) {
                buffer.flip();
                sha256.update(buffer.duplicate());
                int count = buffer.remaining();
                going.on(count);
                to.write(buffer, bytes);
                bytes += count;
                buffer.clear();
            }
            // durable: I10 directory.object.content
            to.sync();
        }
        return new Copied(bytes, HexFormat.of().formatHex(sha256.digest()));
    }

    private void receipt(Path folder, Path target, Copied copied, ObjectFacts facts) throws IOException {
        Receipt receipt = new Receipt(
                name(target),
                facts.intent(),
                facts.range().since(),
                facts.range().through(),
                facts.rows(),
                copied.bytes,
                copied.sha256,
                facts.digest(),
                facts.origin(),
                clock.instant().toString());
        receipts.lock();
        try {
            new Receipts(folder, files).add(receipt);
        } finally {
            receipts.unlock();
        }
    }

    /**
     * That an object can be read does not prove that it is on disk, nor does a sync after one that failed. So one that
     * is ours is copied, synced, and put in its own place.
     */
    @Override
    public OptionalLong accept(String key, Path content, ObjectFacts facts) throws IOException {
        Path target = root.resolve(key);
        Copied there = hash(target);
        boolean sameBytes = hash(content).equals(there);
        if (!sameBytes && !hasReceipt(target, there, facts)) {
            return OptionalLong.empty();
        }
        Path part = part(target);
        copy(target, part, Haste.NONE);
        disk.rename(part, target);
        // durable: I10 directory.accept.name
        disk.syncDirectory(folder(target));
        return OptionalLong.of(there.bytes);
    }

    private boolean hasReceipt(Path target, Copied there, ObjectFacts facts) throws IOException {
        receipts.lock();
        try {
            return new Receipts(folder(target), files)
                    .of(Set.of(name(target))).stream()
                            .anyMatch(receipt -> receipt.speaksOf(facts)
                                    && receipt.sha256().equals(there.sha256)
                                    && receipt.bytes() == there.bytes);
        } finally {
            receipts.unlock();
        }
    }

    @Override
    public List<StoredObject> describe(String folder, List<ObjectName> objects) throws IOException {
        Path home = root.resolve(folder);
        if (objects.isEmpty()) {
            return List.of();
        }
        Receipts kept = new Receipts(home, files);
        Map<String, List<Receipt>> known;
        receipts.lock();
        try {
            known = kept.of(objects.stream().map(ObjectName::toString).collect(toSet())).stream()
                    .collect(groupingBy(Receipt::object));
        } finally {
            receipts.unlock();
        }
        List<StoredObject> found = new ArrayList<>();
        for (ObjectName name : objects) {
            Path file = home.resolve(name.toString());
            if (disk.exists(file)) {
                found.add(describe(file, name, known.getOrDefault(name.toString(), List.of()), kept));
            }
        }
        return found;
    }

    private StoredObject describe(Path file, ObjectName name, List<Receipt> known, Receipts kept) throws IOException {
        long bytes = size(file);
        List<Receipt> fitting =
                known.stream().filter(receipt -> receipt.bytes() == bytes).toList();
        if (fitting.stream().map(Receipt::sha256).distinct().count() == 1) {
            return stored(fitting.getLast(), Source.RECEIPT);
        }
        String sha256 = hash(file).sha256;
        for (Receipt receipt : fitting.reversed()) {
            if (receipt.sha256().equals(sha256)) {
                return stored(receipt, Source.RECEIPT);
            }
        }
        ObjectContent content = ObjectContent.read(disk, file, name.extension());
        Receipt made = new Receipt(
                name.toString(),
                content.facts().get(ObjectFacts.INTENT),
                name.range().since(),
                name.range().through(),
                content.rows(),
                bytes,
                sha256,
                content.facts().get(ObjectFacts.DIGEST),
                content.facts().get(ObjectFacts.ORIGIN),
                clock.instant().toString());
        receipts.lock();
        try {
            kept.add(made);
        } finally {
            receipts.unlock();
        }
        return stored(made, Source.OBJECT);
    }

    private static StoredObject stored(Receipt receipt, Source source) {
        return new StoredObject(
                receipt.object(), receipt.bytes(), receipt.sha256(), receipt.facts(), receipt.at(), source);
    }

    private long size(Path file) throws IOException {
        try (DiskFile open = disk.read(file)) {
            return open.size();
        }
    }

    private Copied hash(Path file) throws IOException {
        MessageDigest sha256 = sha256();
        long bytes = 0;
        try (DiskFile open = disk.read(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (open.read(buffer, bytes) > 0) {
                buffer.flip();
                bytes += buffer.remaining();
                sha256.update(buffer);
                buffer.clear();
            }
        }
        return new Copied(bytes, HexFormat.of().formatHex(sha256.digest()));
    }

    @Override
    public Put createText(String key, String text) throws IOException {
        Path target = root.resolve(key);
        createFolder(folder(target));
        try {
            files.createOnly(target, text.getBytes(StandardCharsets.UTF_8));
        } catch (FileAlreadyExistsException e) {
            return new Put.Taken();
        }
        return new Put.Created(text.length());
    }

    /** Where names differ by their case alone, two partitions would have one folder. */
    @Override
    public Optional<String> unfit(String key) throws IOException {
        createFolder(folder(root.resolve(key)));
        Path otherCase = folder(root.resolve(key.replace(CLAIMS, CLAIMS.toUpperCase(Locale.ROOT))));
        return disk.exists(otherCase)
                ? Optional.of(root + " is on a file system that does not tell upper from lower case: choose another")
                : Optional.empty();
    }

    @Override
    public String readText(String key) throws IOException {
        return new String(files.readAll(root.resolve(key)), StandardCharsets.UTF_8);
    }

    @Override
    public List<String> list(String folder) throws IOException {
        return files.list(root.resolve(folder)).stream()
                .map(DirectoryStore::name)
                .toList();
    }

    @Override
    public void delete(String key) throws IOException {
        try {
            files.delete(root.resolve(key));
        } catch (NoSuchFileException gone) {
            // Somebody was quicker, and gone is what was asked for.
            return;
        }
    }

    private void createFolder(Path folder) throws IOException {
        // Whoever owns the directory may have tidied it up since.
        if (!durable.contains(folder) || !disk.exists(folder)) {
            files.createDirectories(folder);
            durable.add(folder);
        }
    }

    private static Path folder(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("an object lies in a folder: " + file);
        }
        return parent;
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
