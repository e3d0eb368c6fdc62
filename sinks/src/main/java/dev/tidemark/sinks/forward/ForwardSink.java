// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.sinks.Claim;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ForwardDestination.WireFormat;
import dev.tidemark.sinks.Intent;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.Refusal;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.Sink;
import dev.tidemark.sinks.Trace;
import dev.tidemark.sinks.Track;
import dev.tidemark.sinks.Wait;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A sink whose units are requests to an HTTP endpoint, each under an id that says its rows and its sender. */
public final class ForwardSink implements Sink {
    private static final Set<Integer> NO_SUCH_PLACE = Set.of(404, 405, 501);

    private final ForwardDestination destination;
    private final String incarnation;
    private final String instance;
    private final DialectMemory memory;
    private final ForwardClient client;
    private final Disk disk;
    private final InstantSource clock;
    private volatile @Nullable Dialect dialect;
    private @Nullable Lives lives;

    /** Asks nothing yet. */
    public ForwardSink(
            ForwardDestination destination,
            String incarnation,
            String instance,
            DialectMemory memory,
            Disk disk,
            InstantSource clock) {
        this.destination = destination;
        this.incarnation = incarnation;
        this.instance = instance;
        this.memory = memory;
        this.client = new ForwardClient(destination, new Pace(destination.rate(), clock), List.of());
        this.disk = disk;
        this.clock = clock;
    }

    @Override
    public String type() {
        return "forward";
    }

    @Override
    public String destination() {
        return destination.url().toString();
    }

    @Override
    public RowEncoder encoder() {
        boolean receiver = known() == Dialect.TIDEMARK;
        WireFormat suits = receiver ? WireFormat.ARROW : WireFormat.NDJSON;
        WireFormat wanted = destination.format();
        Wire wire = new Wire(
                wanted == null ? suits : wanted,
                destination.compression(),
                receiver ? Hidden.SHOWN : destination.hidden());
        return encoderOf(wire.toString());
    }

    @Override
    public RowEncoder encoderOf(String version) {
        Wire wire = Wire.parse(version);
        return new Remembered(wire.toString(), wire.encoder(incarnation));
    }

    @Override
    public Marking marking() {
        return Marking.PASS;
    }

    @Override
    public Rewinding rewinding() {
        return dialect == Dialect.TIDEMARK ? Rewinding.DEDUPED : Rewinding.REPEATED;
    }

    @Override
    public Optional<Integer> lastAnswer() {
        return client.lastAnswer();
    }

    @Override
    public Optional<String> dialect() {
        Dialect found = dialect;
        return (found == null ? memory.known() : Optional.of(found)).map(Dialect::word);
    }

    @Override
    public String unitName(Track track, Range range) {
        return BatchId.of(origin(track.stream()), track.partition(), range).text();
    }

    /** Finds out what the endpoint understands, once for ever; its life is told with each unit. */
    @Override
    public Claim claim(Lives own, long lastKnown, Partition first) throws IOException {
        lives = own;
        Dialect found = destination.dialect() == null ? memory.known().orElse(null) : destination.dialect();
        if (found == null) {
            Reply reply = client.position(first.dataset(), origin(Track.MAIN).text(), first.name());
            if (reply.status() == 200 && reply.protocol() != null) {
                found = Dialect.TIDEMARK;
            } else if (NO_SUCH_PLACE.contains(reply.status())) {
                found = Dialect.PLAIN;
            } else {
                return new Claim.Deferred(
                        new Wait.BackingOff(),
                        "asked how far it is, " + Answers.said(reply)
                                + ": check url, token and auth, or say what it is with dialect: tidemark or"
                                + " dialect: plain");
            }
        }
        // durable: I7 forward.dialect.keep
        memory.keep(found);
        dialect = found;
        return new Claim.Carried();
    }

    /** A receiver says in each answer what it has, and that is looked at there. */
    @Override
    public Optional<Refusal> inspect(Track track, Position reached, Set<String> pending) {
        return Optional.empty();
    }

    @Override
    public Optional<Trace> trace(Track track) throws IOException {
        Partition partition = track.partition();
        Reply reply =
                client.position(partition.dataset(), origin(track.stream()).text(), partition.name());
        if (NO_SUCH_PLACE.contains(reply.status()) || (reply.isSuccess() && reply.protocol() == null)) {
            return Optional.empty(); // It is no receiver of ours, and remembers nothing.
        }
        if (reply.status() != 200) {
            throw new IOException("asked how far " + track + " is there, " + Answers.said(reply));
        }
        Reply.Words words = reply.words();
        Position through = new Position(
                Optional.ofNullable(words.legacy()).orElse(0L),
                Optional.ofNullable(words.through()).orElse(0L));
        return Optional.of(new Trace(through, words.life()));
    }

    @Override
    public Delivery deliver(Shipment shipment) throws IOException {
        SpilledBody body = new SpilledBody(disk, shipment.encoded());
        Reply reply = post(shipment, body, shipment.previousLife());
        String remembered = reply.words().life();
        if (reply.status() == 409
                && reply.words().problem().equals("foreign-life")
                && remembered != null
                && known() == Dialect.TIDEMARK
                && lives().isOurs(remembered)) {
            reply = post(shipment, body, remembered);
        }
        if (isBeyondPromise(reply, shipment)) {
            return new Delivery.Refused(new Refusal(
                    "above-promise",
                    destination() + " has " + shipment.intent().track() + " through "
                            + reply.words().through()
                            + ", and this copy of the cache promised it nothing beyond "
                            + shipment.promised() + ": another copy has written there"));
        }
        return Answers.meaning(reply, known(), body.length(), clock.instant());
    }

    /** The same finding as a foreign life, seen in a position (I19). */
    private boolean isBeyondPromise(Reply reply, Shipment shipment) {
        if (known() != Dialect.TIDEMARK) {
            return false;
        }
        Long through = reply.words().through();
        Position promised = shipment.promised();
        if (reply.isSuccess()) {
            return through != null && through > shipment.intent().range().partOf(promised);
        }
        Long legacy = reply.words().legacy();
        return reply.status() == 409
                && ((through != null && through > promised.sequence())
                        || (legacy != null && legacy > promised.legacy()));
    }

    private Reply post(Shipment shipment, SpilledBody body, @Nullable String previousLife) throws IOException {
        Intent intent = shipment.intent();
        Wire wire = Wire.parse(intent.encoder());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Idempotency-Key", intent.name());
        headers.put("Tidemark-Origin", origin(intent.track().stream()).text());
        headers.put("Tidemark-Partition", intent.partition().name());
        headers.put("Tidemark-Range", intent.range().toString());
        headers.put("Tidemark-Rows", Long.toString(intent.rows()));
        headers.put("Tidemark-Prior", shipment.prior().toString());
        String present = lives().present();
        headers.put(
                "Tidemark-Life",
                previousLife == null || previousLife.equals(present) ? present : present + "/" + previousLife);
        headers.put("Content-Digest", body.contentDigest());
        if (wire.compression() != Compression.NONE) {
            headers.put("Content-Encoding", wire.compression().word());
        }
        return client.post(intent.partition().dataset(), headers, wire.contentType(), body);
    }

    @Override
    public void cancel() {
        client.cancel();
    }

    @Override
    public void close() {
        client.close();
    }

    private Origin origin(String stream) {
        return new Origin(incarnation, instance, stream);
    }

    private Dialect known() {
        Dialect found = dialect;
        if (found == null) {
            throw new IllegalStateException("nothing is sent before the endpoint was asked what it understands");
        }
        return found;
    }

    private Lives lives() {
        Lives own = lives;
        if (own == null) {
            throw new IllegalStateException("nothing is sent before the endpoint was claimed");
        }
        return own;
    }

    /** An encoder under the name by which an intent finds it again. */
    private record Remembered(String version, RowEncoder encoder) implements RowEncoder {
        @Override
        public String extension() {
            return encoder.extension();
        }

        @Override
        public Encoding start(OutputStream out) throws IOException {
            return encoder.start(out);
        }
    }
}
