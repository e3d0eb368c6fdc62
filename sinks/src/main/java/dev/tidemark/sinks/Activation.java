// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What one configured sink turns out to be when it is loaded: new, known, or not fit to run.
 *
 * <p>It is known when the register says so, and then its journal must be there. A journal with progress that the
 * register does not know is damage too: neither ever begins again at its {@code start} (I7).
 *
 * @param obstacle why it is halted as long as the daemon runs
 */
record Activation(Registration registration, SinkJournal journal, Optional<Refusal> obstacle) {
    private static final String DAMAGED = "sink-damaged";
    private static final String CONFIG = "sink-config";

    /**
     * Loads a sink, and registers it durably with its births where it is new.
     *
     * @param homes of all sinks
     */
    static Activation of(
            SinkSettings settings, SinkHomes homes, SinkRegister register, RowSource rows, DurableFiles files)
            throws IOException {
        Optional<Registration> known = register.registration(settings.name());
        int ordinal = register.nextOrdinal(settings.name());
        Path home = homes.home(known.orElseGet(() -> fresh(settings, ordinal)));
        Path file = home.resolve(SinkHomes.JOURNAL);
        if (register.damage().isPresent()) {
            return halted(
                    fresh(settings, ordinal),
                    SinkJournal.absent(file, files),
                    DAMAGED,
                    register.damage().get()
                            + "; put a copy of it back, or start anew with the sinks directory moved away"
                            + " and sink files of other names");
        }
        SinkJournal journal;
        try {
            journal = files.exists(file) ? SinkJournal.open(file, files) : SinkJournal.absent(file, files);
        } catch (StateException newer) {
            return halted(
                    known.orElseGet(() -> fresh(settings, ordinal)),
                    SinkJournal.absent(file, files),
                    DAMAGED,
                    String.valueOf(newer.getMessage()));
        }
        if (known.isEmpty()
                && files.exists(file)
                && !(journal.isWhole() && journal.ledger().isEmpty())) {
            return halted(
                    fresh(settings, ordinal),
                    journal,
                    DAMAGED,
                    file + ": the register does not know this progress; put the register's copy back, or move " + home
                            + " away");
        }
        if (known.isPresent() && !journal.isWhole()) {
            return halted(
                    known.get(),
                    journal,
                    DAMAGED,
                    journal.damage().orElse("it is not whole") + "; put a copy of it back, or begin anew with: tidemark"
                            + " sink remove " + settings.name() + ", without its file");
        }
        Registration registration = known.orElseGet(() -> fresh(settings, ordinal));
        if (!isOf(settings, registration)) {
            if (!journal.ledger().isEmpty()) {
                return halted(registration, journal, CONFIG, movedMessage(settings, registration));
            }
            registration = moved(registration, settings);
        }
        List<Birth> births;
        try {
            births = births(settings, registration, known.isPresent(), rows);
        } catch (IllegalArgumentException e) {
            return halted(registration, journal, CONFIG, String.valueOf(e.getMessage()));
        }
        if (known.isEmpty()) {
            // The journal comes first: a registered sink without one would be damaged.
            files.createDirectories(home);
            journal.close();
            journal = SinkJournal.create(file, files);
        }
        forget(journal, registration);
        Registration next = registration.with(births).taking(settings.datasets());
        if (known.isEmpty() || !next.equals(known.get())) {
            register.put(next);
        }
        return new Activation(next, journal, Optional.empty());
    }

    /**
     * Why a file would not be fit to run as it is now, asked before anything is changed; empty when it is fit, or when
     * nobody could say without its progress, which then is what halts it.
     */
    static Optional<SinksChange.Refused> refusal(
            SinkSettings settings, SinkRegister register, Optional<Ledger> progress, RowSource rows)
            throws IOException {
        Optional<Registration> known = register.registration(settings.name());
        try {
            Registration registration =
                    known.isPresent() ? known.get() : fresh(settings, register.nextOrdinal(settings.name()));
            if (!isOf(settings, registration)
                    && progress.isPresent()
                    && !progress.get().isEmpty()) {
                return Optional.of(new SinksChange.Refused(
                        settings.name(), movedKey(settings, registration), movedMessage(settings, registration)));
            }
            births(settings, registration, known.isPresent(), rows);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(
                    new SinksChange.Refused(settings.name(), startOrPrefix(e), String.valueOf(e.getMessage())));
        }
    }

    /** The message of a value that cannot be begins with its key. */
    private static String startOrPrefix(IllegalArgumentException wrong) {
        return String.valueOf(wrong.getMessage()).split(":", 2)[0];
    }

    /** Which key of the file says something else than before. */
    private static String movedKey(SinkSettings settings, Registration registration) {
        Place was = Place.of(registration);
        Place is = Place.of(settings.destination());
        if (!was.type().equals(is.type())) {
            return "type";
        }
        if (!was.destination().equals(is.destination())) {
            return is.type().equals("iceberg") ? "warehouse" : "store";
        }
        if (was.equals(is)) {
            return "dialect";
        }
        return is.type().equals("iceberg") ? "namespace" : "prefix";
    }

    /** A crash may have left progress in a dataset whose hold was removed. */
    private static void forget(SinkJournal journal, Registration registration) throws IOException {
        List<JournalRecord> forgotten = Stream.concat(
                        journal.ledger().standings().keySet().stream()
                                .map(track -> track.partition().dataset()),
                        journal.ledger().replays().stream()
                                .flatMap(replay -> replay.legs().stream())
                                .map(Replay.Leg::dataset))
                .filter(dataset -> registration.birth(dataset).isEmpty())
                .distinct()
                .map(dataset -> (JournalRecord) new JournalRecord.Forgotten(dataset))
                .toList();
        journal.append(forgotten);
    }

    private static Activation halted(Registration registration, SinkJournal journal, String kind, String why) {
        return new Activation(registration, journal, Optional.of(new Refusal(kind, why)));
    }

    private static Registration fresh(SinkSettings settings, int ordinal) {
        Place place = Place.of(settings.destination());
        return new Registration(
                settings.name(),
                ordinal,
                place.type(),
                place.destination(),
                place.prefix(),
                resolve(place.prefix(), settings.name()),
                settings.datasets(),
                List.of(),
                null,
                Registration.instance(settings.name(), ordinal),
                0,
                List.of());
    }

    private static Registration moved(Registration registration, SinkSettings settings) {
        Registration fresh = fresh(settings, registration.ordinal());
        return new Registration(
                registration.sink(),
                registration.ordinal(),
                fresh.type(),
                fresh.destination(),
                fresh.configuredPrefix(),
                fresh.prefix(),
                registration.datasets(),
                registration.births(),
                null,
                registration.instance(),
                registration.streams(),
                registration.released());
    }

    private static boolean isOf(SinkSettings settings, Registration registration) {
        return Place.of(registration).equals(Place.of(settings.destination()))
                && (!(settings.destination() instanceof ForwardDestination forward)
                        || forward.dialect() == null
                        || registration.dialect() == null
                        || forward.dialect().word().equals(registration.dialect()));
    }

    private static String movedMessage(SinkSettings settings, Registration registration) {
        Place was = Place.of(registration);
        Place is = Place.of(settings.destination());
        String wayOut = ". Put it back, or write a sink file of another name";
        if (was.equals(is)) {
            return "dialect cannot change under progress: this endpoint was delivered to as " + registration.dialect()
                    + wayOut;
        }
        return "type, store and prefix, or warehouse and namespace, cannot change under progress: it delivered to "
                + was + ", its file now says " + is + wayOut;
    }

    /** What of a destination stays the same while there is progress; an endpoint may move to another URL. */
    private record Place(String type, String destination, String prefix) {
        static Place of(Destination destination) {
            return switch (destination) {
                case DirectoryDestination directory ->
                    new Place("blob", "dir:" + directory.directory(), directory.prefix());
                case S3Destination s3 -> new Place("blob", s3.bucket().place(), s3.prefix());
                case ForwardDestination forward -> new Place("forward", "", "");
                case IcebergDestination iceberg ->
                    new Place("iceberg", iceberg.warehouse().place(), iceberg.namespace());
            };
        }

        static Place of(Registration registration) {
            return new Place(registration.type(), registration.destination(), registration.configuredPrefix());
        }

        @Override
        public String toString() {
            return destination.isEmpty() ? type : type + " " + destination + " under \"" + prefix + "\"";
        }
    }

    private static String resolve(String prefix, String name) {
        String named = prefix.replace("{name}", name);
        return named.contains("{host}") ? named.replace("{host}", host()) : named;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            throw new IllegalArgumentException("prefix: this host has no name for {host}; write one", e);
        }
    }

    /**
     * The births that are missing. A dataset that the sink took already at the last open, or that has no rows yet, is
     * younger than the sink.
     */
    private static List<Birth> births(SinkSettings settings, Registration registration, boolean known, RowSource rows)
            throws IOException {
        TreeSet<String> existing = new TreeSet<>(rows.datasets());
        TreeSet<String> taken = new TreeSet<>(settings.datasets());
        existing.stream().filter(settings::takes).forEach(taken::add);
        List<Birth> births = new ArrayList<>();
        for (String dataset : taken) {
            if (registration.birth(dataset).isPresent()) {
                continue;
            }
            boolean younger = !existing.contains(dataset) || (known && registration.took(dataset));
            births.add(
                    younger
                            ? Birth.ofLater(dataset, settings.start())
                            : Birth.resolve(dataset, settings.start(), rows));
        }
        return births;
    }
}
