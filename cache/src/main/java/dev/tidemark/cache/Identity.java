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

/**
 * Which cache this is, and which of its lives (I19): the state files {@code identity} and {@code lives}.
 *
 * <p>{@code identity} is written last when a cache is made and never again, so a directory with rows and without it is
 * damaged, not new.
 */
final class Identity {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final int VERSION = 1;
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int INCARNATION_LENGTH = 26;
    private static final int LIFE_LENGTH = 16;

    private final Born born;
    private final List<Life> lives;
    private final boolean isNew;

    private Identity(Born born, List<Life> lives, boolean isNew) {
        this.born = born;
        this.lives = lives;
        this.isNew = isNew;
    }

    private record Born(String incarnation, String created) {}

    private record Life(String life, String at) {}

    /** Reads who this cache is, or makes a new one, and begins another life; it is on disk when this returns. */
    static Identity open(DurableFiles files, Path directory, Path spool, Path tables, Instant now) throws IOException {
        Path file = directory.resolve("identity");
        boolean isNew = !files.exists(file);
        if (isNew) {
            requireNoRows(files, file, spool, tables);
            IngestSequence.create(files, IngestSequence.file(spool));
        }
        List<Life> lives = isNew ? List.of(life(now)) : withAnother(files, directory.resolve("lives"), life(now));
        byte[] written = JSON.writeValueAsBytes(lives);
        // durable: I19 lives.append
        files.writeState(directory.resolve("lives"), "lives", VERSION, written);
        if (isNew) {
            byte[] born = JSON.writeValueAsBytes(new Born(random(INCARNATION_LENGTH), now.toString()));
            // durable: I2 identity.create
            files.writeState(file, "identity", VERSION, born);
        }
        Born born = JSON.readValue(files.readState(file, "identity", VERSION), Born.class);
        return new Identity(born, lives, isNew);
    }

    private static List<Life> withAnother(DurableFiles files, Path file, Life life) throws IOException {
        if (!files.exists(file)) {
            throw new CorruptDataException(file, 0, "it is missing, and this cache has lived: restore it");
        }
        List<Life> lives =
                new ArrayList<>(List.of(JSON.readValue(files.readState(file, "lives", VERSION), Life[].class)));
        lives.add(life);
        return List.copyOf(lives);
    }

    private static Life life(Instant now) {
        return new Life(random(LIFE_LENGTH), now.toString());
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

    Instant created() {
        return Instant.parse(born.created());
    }

    /** How old the cache is, zero in its first life. */
    Duration age(Instant now) {
        return isNew ? Duration.ZERO : Duration.between(created(), now);
    }
}
