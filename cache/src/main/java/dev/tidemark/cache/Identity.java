// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.IngestSequence;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which cache this is, and which of its lives (I19): the state files {@code identity} and {@code lives}.
 *
 * <pre>
 * tidemark identity 2 5a0c31f7
 * {"incarnation":"k3v…","created":"2026-01-01T00:00:00Z","parents":[{"incarnation":"q7a…","head":41}]}
 * tidemark lives 2 11c0ffee
 * [{"life":"b2x…","first":1,"at":"2026-01-01T00:00:00Z"}]
 * </pre>
 *
 * <p>{@code identity} is written last when a cache is made, and again only when a copy becomes a cache of its own. So a
 * directory with rows and without it is damaged, not new. Version 1 of either lacks what is new here: parents, and the
 * first number that a life could give.
 */
final class Identity {
    static final int LIVES_MAX = 1000;
    private static final int PARENTS_MAX = 100;
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final int VERSION = 2;
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int INCARNATION_LENGTH = 26;
    private static final int LIFE_LENGTH = 16;

    private final DurableFiles files;
    private final Path directory;
    private final Born born;
    private final boolean isNew;
    private volatile List<Lived> lives;

    private Identity(DurableFiles files, Path directory, Born born, List<Lived> lives, boolean isNew) {
        this.files = files;
        this.directory = directory;
        this.born = born;
        this.lives = lives;
        this.isNew = isNew;
    }

    private record Born(
            String incarnation, String created, @Nullable List<Parent> parents) {
        List<Parent> ancestors() {
            return parents == null ? List.of() : parents;
        }
    }

    /** The cache that this one was a copy of, and the last row that both have. */
    record Parent(String incarnation, long head) {}

    private record Lived(String life, long first, String at) {}

    /** Reads who this cache is, or makes a new one. */
    static Identity open(DurableFiles files, Path directory, Path spool, Path tables, Sequence floor, Instant now)
            throws IOException {
        Path file = directory.resolve("identity");
        if (files.exists(file)) {
            // durable: I2 identity.directory
            files.disk().syncDirectory(directory); // Its name may be on no disk yet, and rows are to follow it.
            return read(files, directory);
        }
        requireNoRows(files, file, spool, tables);
        IngestSequence.create(files, IngestSequence.file(spool));
        Identity fresh = new Identity(
                files, directory, new Born(random(INCARNATION_LENGTH), now.toString(), List.of()), List.of(), true);
        fresh.live(new Sequence(floor.value() + 1), now);
        fresh.writeBorn(fresh.born);
        return fresh;
    }

    /** Reads who a cache is and begins no life; everything that is there must make sense. */
    static Identity read(DurableFiles files, Path directory) throws IOException {
        Born born = JSON.readValue(files.readState(directory.resolve("identity"), "identity", VERSION), Born.class);
        Path file = directory.resolve("lives");
        if (!files.exists(file)) {
            throw new CorruptDataException(file, 0, "it is missing, and this cache has lived: restore it");
        }
        List<Lived> lives = List.of(JSON.readValue(files.readState(file, "lives", VERSION), Lived[].class));
        return new Identity(files, directory, born, lives, false);
    }

    /** Begins the life of this open, unless the cache was made in it; it is on disk when this returns. */
    void begin(Sequence first, Instant now) throws IOException {
        if (!isNew) {
            live(first, now);
        }
    }

    private void live(Sequence first, Instant now) throws IOException {
        List<Lived> all = new ArrayList<>(lives);
        all.add(new Lived(random(LIFE_LENGTH), first.value(), now.toString()));
        // durable: I19 lives.append
        writeLives(all);
        lives = List.copyOf(all);
    }

    /** Drops lives above {@value #LIVES_MAX} that are older than all that a destination was told last. */
    synchronized void forget(Set<String> told) throws IOException {
        int oldest = 0;
        while (oldest < lives.size() && !told.contains(lives.get(oldest).life())) {
            oldest++;
        }
        int gone = Math.min(lives.size() - LIVES_MAX, oldest);
        if (gone > 0) {
            List<Lived> left = List.copyOf(lives.subList(gone, lives.size()));
            writeLives(left);
            lives = left;
        }
    }

    /** The life of a copy that is lost, and that a destination remembers, becomes one of ours. */
    synchronized void join(String life, Instant now) throws IOException {
        if (!hasLived(life)) {
            List<Lived> all = new ArrayList<>(lives);
            all.add(all.size() - 1, new Lived(life, 0, now.toString()));
            // durable: I19 lives.join
            writeLives(all);
            lives = List.copyOf(all);
        }
    }

    private void writeLives(List<Lived> all) throws IOException {
        files.writeState(directory.resolve("lives"), "lives", VERSION, JSON.writeValueAsBytes(all));
    }

    /** Makes this copy a cache of its own, which shares the rows through {@code head} with the one that it was. */
    void fork(Sequence head) throws IOException {
        List<Parent> parents = new ArrayList<>(born.ancestors());
        parents.add(new Parent(born.incarnation(), head.value()));
        int surplus = Math.max(0, parents.size() - PARENTS_MAX);
        writeBorn(new Born(random(INCARNATION_LENGTH), born.created(), parents.subList(surplus, parents.size())));
    }

    private void writeBorn(Born now) throws IOException {
        // durable: I2 identity.create
        files.writeState(directory.resolve("identity"), "identity", VERSION, JSON.writeValueAsBytes(now));
    }

    private static void requireNoRows(DurableFiles files, Path identity, Path spool, Path tables) throws IOException {
        String reservation = IngestSequence.file(spool).getFileName().toString();
        List<Path> data = new ArrayList<>(files.list(tables));
        files.list(spool).stream()
                .filter(file -> !file.getFileName().toString().startsWith(reservation))
                .forEach(data::add);
        if (!data.isEmpty()) {
            throw new CorruptDataException(
                    identity,
                    0,
                    "it is missing, and there is " + data.getFirst() + ": restore it, or move spool and tables away");
        }
    }

    private static String random(int length) {
        SecureRandom random = new SecureRandom();
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }

    String incarnation() {
        return born.incarnation();
    }

    String life() {
        return lives.getLast().life();
    }

    boolean hasLived(String life) {
        return lives.stream().anyMatch(each -> each.life().equals(life));
    }

    /** Every life, oldest first. */
    List<Life> lives() {
        return lives.stream()
                .map(each -> new Life(each.life(), new Sequence(each.first()), Instant.parse(each.at())))
                .toList();
    }

    /** Whether the token of another cache says the same here: it is of one that this was a copy of, from before that. */
    boolean shares(String incarnation, Sequence sequence) {
        return born.ancestors().stream()
                .anyMatch(parent -> parent.incarnation().equals(incarnation) && sequence.value() <= parent.head());
    }

    Instant created() {
        return Instant.parse(born.created());
    }

    /** How old the cache is, zero in its first life. */
    Duration age(Instant now) {
        return isNew ? Duration.ZERO : Duration.between(created(), now);
    }
}
