// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.blob.BlobSink;
import dev.tidemark.sinks.blob.Haste;
import dev.tidemark.sinks.blob.directory.DirectoryStore;
import dev.tidemark.sinks.blob.s3.S3Store;
import dev.tidemark.sinks.forward.ForwardSink;
import dev.tidemark.sinks.iceberg.IcebergSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Puts one sink instance together from its file, its directory and what all of them share. */
final class Assembly {
    private final SinkHomes homes;
    private final String incarnation;
    private final Lives lives;
    private final RowSource rows;
    private final DurableFiles files;
    private final Executor beside;
    private final InstantSource clock;
    private final SinkRegister register;
    private final RestoredMark restored;
    private final @Nullable String unforked;

    /** Sinks that share a directory share its store, because they share its receipts. */
    private final Map<Path, DirectoryStore> stores = new HashMap<>();

    /** @param unforked why it is not known where the sinks of this copy begin; null when it is */
    Assembly(
            SinkHomes homes,
            String incarnation,
            Lives lives,
            RowSource rows,
            DurableFiles files,
            Executor beside,
            InstantSource clock,
            SinkRegister register,
            RestoredMark restored,
            @Nullable String unforked) {
        this.homes = homes;
        this.incarnation = incarnation;
        this.lives = lives;
        this.rows = rows;
        this.files = files;
        this.beside = beside;
        this.clock = clock;
        this.register = register;
        this.restored = restored;
        this.unforked = unforked;
    }

    /** One that is not there yet begins with what it has on disk, or is new; it starts nothing. */
    SinkLoop load(SinkSettings one) throws IOException {
        Activation activation = Activation.of(one, homes, register, rows, files);
        Registration registration = activation.registration();
        SinkJournal journal = activation.journal();
        Sink sink = sink(one, registration);
        Executor own = sink.marking() == Sink.Marking.PASS ? beside : Runnable::run;
        Backlog backlog = new Backlog(one, sink.grain(), rows, journal.ledger(), register);
        DeadLetters letters = new DeadLetters(homes.letters(registration), files, journal, rows, clock);
        if (journal.isWhole()) {
            letters.sweep();
        }
        Shipping shipping =
                new Shipping(sink, journal, rows, backlog, one.poison(), letters, lives, files.disk(), own, clock);
        Path spills = homes.spills(registration);
        Restoration restoration =
                new Restoration(registration, restored, sink, journal, backlog, shipping, lives, clock);
        SinkPass pass = new SinkPass(
                one, sink, journal, rows, backlog, shipping, restoration, letters, spills, files, own, clock);
        Rewinder rewinder = new Rewinder(one, sink, journal, register, rows, backlog, shipping, letters, clock);
        SinkError obstacle = activation
                .obstacle()
                .or(() -> restored.damage().map(Assembly::unasked))
                .or(() -> Optional.ofNullable(unforked).map(Assembly::unmoved))
                .map(refusal -> new SinkError(clock.instant(), refusal.kind(), refusal.why(), null))
                .orElse(null);
        return new SinkLoop(
                one,
                sink,
                journal,
                backlog,
                shipping,
                pass,
                rewinder,
                letters,
                clock,
                RandomGenerator.getDefault(),
                obstacle);
    }

    private static Refusal unasked(String damage) {
        return new Refusal(
                "sink-damaged",
                damage + "; put a copy of it back, or run tidemark recover --restored again, and each sink asks its"
                        + " destination before it sends");
    }

    private static Refusal unmoved(String damage) {
        return new Refusal(
                "sink-damaged",
                damage
                        + "; put a copy of it back, or run tidemark recover --cloned again: until then nobody knows what the"
                        + " other copy sends");
    }

    private Sink sink(SinkSettings one, Registration registration) {
        return switch (one.destination()) {
            case DirectoryDestination to ->
                new BlobSink(
                        stores.computeIfAbsent(
                                real(to.directory()), fresh -> new DirectoryStore(to.directory(), files, clock)),
                        registration.prefix(),
                        to.format(),
                        new Haste(new Pace(to.rate(), clock), to.call(), clock),
                        incarnation,
                        registration.instance());
            case S3Destination s3 ->
                new BlobSink(
                        new S3Store(s3, files.disk(), clock),
                        registration.prefix(),
                        s3.format(),
                        Haste.NONE,
                        incarnation,
                        registration.instance());
            case IcebergDestination iceberg ->
                IcebergSink.of(iceberg, incarnation, registration.instance(), files, clock);
            case ForwardDestination forward ->
                new ForwardSink(
                        forward,
                        incarnation,
                        registration.instance(),
                        new RegisteredDialect(one.name(), register),
                        files.disk(),
                        clock);
        };
    }

    /** Where a path leads: two ways to one directory are one store, with one lock on its receipts. */
    private static Path real(Path root) {
        Path known = root;
        Path rest = Path.of("");
        while (known != null) {
            try {
                return known.toRealPath().resolve(rest);
            } catch (IOException notThere) {
                Path name = known.getFileName();
                rest = name == null ? rest : name.resolve(rest);
                known = known.getParent();
            }
        }
        return root;
    }
}
