// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/** One cache's rows, one disk for its progress and its destination, and the sinks between them. */
final class Shore {
    static final Path SINKS = Path.of("/data/sinks");
    static final Path EXPORT = Path.of("/export");
    static final Partition ALL = Partition.all("logs");
    static final Partition EAST = Partition.of("hits", "east");
    static final Partition WEST = Partition.of("hits", "west");
    static final ObjectLimits LIMITS = new ObjectLimits(1000, 1 << 20, Duration.ofMinutes(15));

    private static final String INCARNATION = "k3vq7mxa2bk3vq7mxa2bk3vq7m";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    final FaultyDisk disk;
    final DurableFiles files;
    final TestRows rows;
    final ManualClock clock;
    private final Set<String> lives;

    Shore() {
        this(new FaultyDisk(), new TestRows(), ManualClock.started(), new HashSet<>());
    }

    private Shore(FaultyDisk disk, TestRows rows, ManualClock clock, Set<String> lives) {
        this.disk = disk;
        this.files = new DurableFiles(disk);
        this.rows = rows;
        this.clock = clock;
        this.lives = lives;
    }

    /** The same cache on what is left of its disk. */
    Shore on(FaultyDisk left) {
        return new Shore(left, rows.copy(), new ManualClock(clock.instant()), new HashSet<>(lives));
    }

    void append(Partition partition, int count) {
        rows.append(partition, count, clock.instant());
    }

    /** Opens the sinks in a new life. */
    Sinks open(SinkSettings... settings) throws IOException {
        return open(Runnable::run, settings);
    }

    /** The same with threads of their own for what a pass does beside the making of units. */
    Sinks openBeside(SinkSettings... settings) throws IOException {
        return open(work -> Thread.ofPlatform().daemon().start(work), settings);
    }

    private Sinks open(Executor beside, SinkSettings... settings) throws IOException {
        String life = "life-" + (lives.size() + 1);
        lives.add(life);
        Lives own = new Lives(life, lives::contains, lives::add);
        return Sinks.open(SINKS, INCARNATION, own, rows, files, beside, clock, List.of(settings));
    }

    static SinkSettings archive() {
        return archive(LIMITS);
    }

    static SinkSettings archive(ObjectLimits limits) {
        return settings("archive", List.of(), "earliest", limits);
    }

    static SinkSettings settings(String name, List<String> datasets, String start, ObjectLimits limits) {
        return new SinkSettings(
                name,
                datasets,
                Duration.ofSeconds(5),
                Start.parse(start),
                new DirectoryDestination(EXPORT, "edge", limits));
    }

    /** A forward sink that finds out what its endpoint understands, waits for nothing long, and halts at poison. */
    static SinkSettings halting(URI url, int rows) {
        return central(url, rows, new PoisonPolicy(PoisonPolicy.Action.HALT, 1, 1));
    }

    /** A forward sink that finds out what its endpoint understands, and waits for nothing long. */
    static SinkSettings central(URI url, int rows) {
        return central(url, rows, PoisonPolicy.DEFAULT);
    }

    static SinkSettings central(URI url, int rows, PoisonPolicy poison) {
        Duration brief = Duration.ofMillis(500);
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofSeconds(5),
                null,
                Start.parse("earliest"),
                BackOff.DEFAULT,
                poison,
                new ForwardDestination(
                        url,
                        null,
                        new ForwardDestination.Authorization.None(),
                        Map.of(),
                        null,
                        ForwardDestination.WireFormat.NDJSON,
                        Compression.NONE,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(rows, 1 << 20, Duration.ZERO),
                        0,
                        new ForwardDestination.Timeouts(brief, brief, brief, brief.multipliedBy(2)),
                        ForwardDestination.Tls.OF_THE_HOST));
    }

    /** The names of the objects of one partition. */
    List<String> objects(Partition partition) throws IOException {
        return names(folder(partition)).stream()
                .filter(name -> name.endsWith(".jsonl") && (name.startsWith("0") || name.startsWith("legacy-")))
                .toList();
    }

    List<String> names(Path folder) throws IOException {
        return files.list(folder).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .toList();
    }

    static Path folder(Partition partition) {
        return EXPORT.resolve("edge").resolve(partition.dataset()).resolve(partition.name());
    }

    String text(Path file) throws IOException {
        return new String(files.readAll(file), StandardCharsets.UTF_8);
    }

    /** The ids of all rows at the destination, sorted, each as often as it is there. */
    List<Long> delivered() throws IOException {
        List<Long> ids = new ArrayList<>();
        for (Partition partition : List.of(ALL, WEST, EAST)) {
            for (String object : objects(partition)) {
                String text = text(folder(partition).resolve(object));
                assertEquals('\n', text.charAt(text.length() - 1), object + " ends with a whole line");
                for (String line : text.strip().split("\n", -1)) {
                    ids.add(JSON.readTree(line).get("id").longValue());
                }
            }
        }
        ids.sort(Long::compare);
        return ids;
    }
}
