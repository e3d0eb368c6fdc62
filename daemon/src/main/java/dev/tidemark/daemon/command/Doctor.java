// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.Examination;
import dev.tidemark.sinks.Inquiry;
import dev.tidemark.sinks.SinkSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Looks at a host the way a careful operator would, and changes nothing. */
final class Doctor {
    /** What a data directory holds; anything else in it is nobody's. */
    private static final Set<String> OWNED = Set.of(
            "identity",
            "lives",
            "lock",
            "daemon.json",
            "spool",
            "tables",
            "sinks",
            "quarantine",
            "tmp",
            "ballast",
            "tidemark.sock",
            "backup");

    private static final Instant BEFORE_TIDEMARK = Instant.parse("2025-01-01T00:00:00Z");
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(1);
    private static final int PERCENT = 100;
    private static final int PERCENT_LOW = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Path data;
    private final Disk disk;
    private final Instant now;
    private final Map<String, String> environment;
    private final List<Checkup> checkups = new ArrayList<>();

    Doctor(Path data, Disk disk, Instant now, Map<String, String> environment) {
        this.data = data;
        this.disk = disk;
        this.now = now;
        this.environment = environment;
    }

    List<Checkup> checkups() {
        return List.copyOf(checkups);
    }

    void configuration(Examination examined) {
        if (examined.findings().isEmpty()) {
            add(Checkup.ok("configuration", "nothing wrong"));
        }
        examined.findings()
                .forEach(finding -> add(Checkup.fail("configuration", finding.toString(), "correct the file")));
        examined.ignored()
                .forEach(file -> add(Checkup.warn(
                        "configuration", file + " is not read", "rename it to end in .yaml, or leave it")));
    }

    void directory() throws IOException {
        if (!Files.isDirectory(data)) {
            Path there = nearest(data);
            add(
                    Files.isWritable(there)
                            ? Checkup.ok("data directory", data + " is not there yet and can be made")
                            : Checkup.fail("data directory", data + " cannot be made in " + there, wayToWrite(data)));
            return;
        }
        if (Files.getFileStore(data).isReadOnly() || !Files.isWritable(data)) {
            add(Checkup.fail("data directory", data + " cannot be written to", wayToWrite(data)));
        } else {
            add(Checkup.ok("data directory", data + " can be written to"));
        }
        Set<PosixFilePermission> modes = Files.getPosixFilePermissions(data);
        if (modes.contains(PosixFilePermission.OTHERS_READ) || modes.contains(PosixFilePermission.OTHERS_WRITE)) {
            add(Checkup.warn("modes", "everybody on this host may look into " + data, "chmod 0750 " + data));
        } else {
            add(Checkup.ok("modes", "only its owner and group may look into the data directory"));
        }
        strangers();
    }

    private void strangers() throws IOException {
        try (Stream<Path> names = Files.list(data)) {
            List<Path> strangers = names.filter(
                            path -> !OWNED.contains(path.getFileName().toString()))
                    .sorted()
                    .toList();
            strangers.forEach(path -> add(
                    Checkup.warn("names", path + " is nobody's", "look at it, and move it out of the data directory")));
            if (strangers.isEmpty()) {
                add(Checkup.ok("names", "everything in the data directory has an owner"));
            }
        }
    }

    void room(Config config) throws IOException {
        Path there = nearest(data);
        long free = disk.usableBytes(there);
        long total = disk.totalBytes(there);
        long reserve = config.spool().diskReserve();
        String found = free + " of " + total + " bytes are free";
        if (free <= reserve) {
            add(Checkup.fail("disk", found + ", disk.reserve keeps " + reserve, "make room, or lower disk.reserve"));
        } else if (free * PERCENT / Math.max(1, total) < PERCENT_LOW) {
            add(Checkup.warn("disk", found, "make room before rows are refused"));
        } else {
            add(Checkup.ok("disk", found));
        }
        inodes(there);
    }

    /** Only a tool of the host knows how many names are left. */
    private void inodes(Path there) {
        Optional<String> percent = said("df", "-Pi", there.toString())
                .flatMap(text -> text.lines().skip(1).findFirst())
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns.length > 4 && columns[4].matches("\\d+%"))
                .map(columns -> columns[4].replace("%", ""));
        if (percent.isEmpty()) {
            add(Checkup.ok("inodes", "this file system does not count them"));
        } else if (Integer.parseInt(percent.get()) >= PERCENT - PERCENT_LOW) {
            add(Checkup.fail("inodes", percent.get() + " % of the names are used", "remove files on that file system"));
        } else {
            add(Checkup.ok("inodes", percent.get() + " % of the names are used"));
        }
    }

    void clock() throws IOException {
        if (now.isBefore(BEFORE_TIDEMARK)) {
            add(Checkup.fail("clock", "it says " + now, "set it, and keep it with NTP"));
            return;
        }
        Optional<Instant> newest = newestFile();
        if (newest.isPresent() && newest.get().isAfter(now.plus(CLOCK_TOLERANCE))) {
            add(Checkup.fail(
                    "clock",
                    "it says " + now + ", and a file here was written at " + newest.get(),
                    "set it, and keep it with NTP; sequences do not depend on it, ingest times do"));
        } else {
            add(Checkup.ok("clock", "it says " + now));
        }
    }

    private Optional<Instant> newestFile() throws IOException {
        List<Instant> times = new ArrayList<>();
        for (Path directory : List.of(data, data.resolve("spool"))) {
            for (Path file : disk.list(directory)) {
                times.add(disk.modified(file));
            }
        }
        return times.stream().max(Comparator.naturalOrder());
    }

    void credentials() throws IOException {
        String directory = environment.getOrDefault("CREDENTIALS_DIRECTORY", "");
        if (directory.isEmpty()) {
            add(Checkup.ok("credentials", "no directory of credentials is set"));
            return;
        }
        for (Path file : disk.list(Path.of(directory))) {
            Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
            if (!Files.isReadable(file)) {
                add(Checkup.fail("credentials", file + " cannot be read", "chown it to the user of the daemon"));
            } else if (modes.contains(PosixFilePermission.OTHERS_READ)) {
                add(Checkup.warn("credentials", "everybody on this host may read " + file, "chmod 0400 " + file));
            } else {
                add(Checkup.ok("credentials", file.getFileName() + " can be read"));
            }
        }
    }

    void sinks(List<SinkSettings> sinks) {
        for (SinkSettings sink : sinks) {
            Inquiry.Answer answer = Inquiry.of(sink, disk);
            String name = "sink " + sink.name();
            if (answer.ok()) {
                add(Checkup.ok(name, answer.said()));
            } else {
                add(Checkup.fail(
                        name,
                        answer.said(),
                        answer.path().isEmpty()
                                ? "see that the destination answers from this host, then: tidemark sink run "
                                        + sink.name()
                                : wayToWrite(Path.of(answer.path()))));
            }
        }
    }

    /** What a daemon that runs says of itself. */
    void daemon(Optional<List<String>> reasons) {
        if (reasons.isEmpty()) {
            add(Checkup.warn("daemon", "none runs on " + data, "tidemark run, or systemctl start tidemark"));
        } else if (reasons.get().isEmpty()) {
            add(Checkup.ok("daemon", "it runs and is healthy"));
        } else {
            reasons.get().forEach(reason -> add(Checkup.fail("daemon", reason, "tidemark status says what to do")));
        }
    }

    /** A service may write only where its unit says; anybody else needs the right to. */
    private static String wayToWrite(Path directory) {
        return "give the daemon's user the right to write there; under systemd also: systemctl edit tidemark, with"
                + " the lines \"[Service]\" and \"ReadWritePaths=" + directory + "\"";
    }

    private static Path nearest(Path path) {
        Path known = path;
        while (!Files.exists(known) && known.getParent() != null) {
            known = known.getParent();
        }
        return known;
    }

    private static Optional<String> said(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            byte[] text = process.getInputStream().readAllBytes();
            return process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) && process.exitValue() == 0
                    ? Optional.of(new String(text, StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (IOException | UncheckedIOException absent) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void add(Checkup checkup) {
        checkups.add(checkup);
    }
}
