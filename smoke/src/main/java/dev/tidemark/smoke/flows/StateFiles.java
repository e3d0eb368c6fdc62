// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Findings;
import dev.tidemark.smoke.ledger.Findings.Wrong;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * Hurts every file of the data directory, one at a time, in three ways, and looks what the daemon makes of it.
 *
 * <p>Either it refuses to open, with 65 and the file's name, or it runs and everything is there, or it runs and its
 * status says how many rows the disk has lost, which are as many as are missing, or a read fails and the log names the
 * file. Nothing arrives twice in any case.
 */
final class StateFiles implements Flow {
    private static final String DATASET = "events";
    private static final String SINK = "archive";
    private static final int CORRUPT = 65;
    private static final int PAGE = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A way to hurt a file. */
    private enum Hurt {
        CUT {
            @Override
            void on(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
            }
        },
        FLIPPED {
            @Override
            void on(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                int end = bytes.length;
                while (end > 0 && bytes[end - 1] == 0) {
                    end--; // Past what is written, a preallocated file has zeros that say nothing.
                }
                if (end > 0) {
                    bytes[end / 2] ^= 0x10;
                }
                Files.write(file, bytes);
            }
        },
        DELETED {
            @Override
            void on(Path file) throws IOException {
                Files.delete(file);
            }
        };

        abstract void on(Path file) throws IOException;
    }

    /** What became of it. */
    private enum Fate {
        WHOLE,
        REPORTED,
        UNREADABLE,
        REFUSED
    }

    @Override
    public String name() {
        return "state-files";
    }

    @Override
    public String proves() {
        return "Each file of the data directory cut, flipped or deleted: nothing is missing, or status says what, or the daemon"
                + " refuses and names the file. Nothing arrives twice.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        site.directorySink(SINK);
        Ledger ledger = new Ledger();
        fill(stage, site, ledger);
        Path data = stage.directory().resolve("data");
        Path export = stage.directory().resolve("export");
        copy(site.data(), data);
        copy(site.export(), export);

        Map<Fate, Integer> fates = new EnumMap<>(Fate.class);
        for (Path file : files(data)) {
            for (Hurt hurt : Hurt.values()) {
                clear(site.data());
                clear(site.export());
                copy(data, site.data());
                copy(export, site.export());
                Path victim = site.data().resolve(data.relativize(file));
                hurt.on(victim);
                Fate fate = trial(stage, site, ledger, hurt + " " + site.data().relativize(victim), file);
                fates.merge(fate, 1, Integer::sum);
            }
        }
        StringJoiner words = new StringJoiner(" ");
        fates.forEach((fate, times) -> words.add(fate.name().toLowerCase(Locale.ROOT) + "=" + times));
        return words.toString();
    }

    /** Rows in a table, in the spool, at the sink and waiting for it. */
    private static void fill(Stage stage, Site site, Ledger ledger) throws IOException {
        DaemonProcess daemon = stage.start(site);
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        producer.post(daemon.caller(), 60);
        daemon.caller().order("/v1/flush").expect(200);
        producer.post(daemon.caller(), 40);
        daemon.caller().order("/v1/sinks/" + SINK + "/run?wait=60s").expect(200);
        producer.post(daemon.caller(), 30);
        daemon.stop();
    }

    private static Fate trial(Stage stage, Site site, Ledger ledger, String what, Path file) throws IOException {
        DaemonProcess daemon = stage.launch(site);
        try {
            daemon.awaitReady();
        } catch (BrokenPromise ended) {
            int exit = daemon.awaitExit(PATIENCE);
            String words = String.join("\n", daemon.lastLines());
            unless(exit == CORRUPT, "%s: exit %d%n%s", what, exit, words);
            unless(
                    words.contains(file.getFileName().toString()),
                    "%s: what it says does not name the file%n%s",
                    what,
                    words);
            return Fate.REFUSED;
        }
        try {
            Answer answer = daemon.caller().fetch("/v1/datasets/" + DATASET + "/rows?limit=" + PAGE);
            if (answer.status() == 500) {
                String words = String.join("\n", Files.readAllLines(site.log()));
                unless(
                        words.contains(file.getFileName().toString()),
                        "%s: it fails to read, and its log does not name the file",
                        what);
                return Fate.UNREADABLE;
            }
            Findings found = ledger.compare(
                    answer.status() == 404
                            ? List.of()
                            : RowPages.read(daemon.caller(), DATASET, "0", PAGE).rows());
            JsonNode status = daemon.caller().fetch("/v1/status").expect(200).json();
            daemon.caller().order("/v1/sinks/" + SINK + "/run?wait=60s");
            Findings delivered = ledger.compare(new BlobDirectory(site.export().resolve("edge")).rows());
            for (Wrong wrong : List.of(Wrong.DOUBLED, Wrong.ALTERED, Wrong.INVENTED, Wrong.RENUMBERED)) {
                unless(delivered.of(wrong).isEmpty(), "%s: at the directory: %s", what, delivered);
                unless(found.of(wrong).isEmpty(), "%s: read: %s", what, found);
            }
            int missing = found.of(Wrong.MISSING).size();
            if (missing == 0) {
                return Fate.WHOLE;
            }
            long damaged = status.at("/conservation/datasets/0/damaged").asLong();
            unless(
                    status.path("state").asText().equals("degraded") && damaged >= missing,
                    "%s: %d rows are missing, and status says: %s, damaged %d",
                    what,
                    missing,
                    status.path("reasons"),
                    damaged);
            return Fate.REPORTED;
        } finally {
            daemon.kill();
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().equals("lock"))
                    .sorted()
                    .toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        }
    }

    private static void clear(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
