// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.sinks.Claim;
import dev.tidemark.sinks.DeliveredObject;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Intent;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.Refusal;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.Sink;
import dev.tidemark.sinks.Trace;
import dev.tidemark.sinks.Track;
import dev.tidemark.sinks.Wait;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A sink whose units are objects in a store, each created once under a name that says its rows and its writer. */
public final class BlobSink implements Sink {
    private final BlobStore store;
    private final String root;
    private final String origin;
    private final String incarnation;
    private final String instance;
    private final Claims claims;
    private final ObjectFormat format;
    private final Haste haste;

    /**
     * Writes nothing.
     *
     * @param prefix the folder of all objects, with its placeholders resolved; may be empty
     * @param haste of the bytes of its objects
     */
    public BlobSink(
            BlobStore store, String prefix, ObjectFormat format, Haste haste, String incarnation, String instance) {
        this.haste = haste;
        this.store = store;
        this.format = format;
        this.root = prefix.isEmpty() ? "" : prefix + "/";
        this.origin = incarnation + "/" + instance;
        this.incarnation = incarnation;
        this.instance = instance;
        this.claims = new Claims(store, root + "_tidemark/" + tag(Track.MAIN) + "/");
    }

    @Override
    public String type() {
        return "blob";
    }

    @Override
    public String destination() {
        return store.place();
    }

    @Override
    public RowEncoder encoder() {
        return format.encoder();
    }

    @Override
    public String encoding() {
        return format.version();
    }

    @Override
    public RowEncoder encoderOf(String encoding) {
        return ObjectFormat.ofVersion(encoding).encoder();
    }

    @Override
    public Map<String, String> facts(Intent intent) {
        return factsOf(intent).named();
    }

    private ObjectFacts factsOf(Intent intent) {
        return new ObjectFacts(
                intent.id(), originOf(intent.track().stream()), intent.range(), intent.rows(), intent.digest());
    }

    private String originOf(String stream) {
        return stream.equals(Track.MAIN) ? origin : origin + "/" + stream;
    }

    @Override
    public Marking marking() {
        return Marking.UNIT;
    }

    @Override
    public Rewinding rewinding() {
        return Rewinding.GAPS;
    }

    @Override
    public String unitName(Track track, Range range) {
        return folder(track.partition())
                + new ObjectName(range, tag(track.stream()), format.encoder().extension());
    }

    @Override
    public Claim claim(Lives lives, long lastKnown, Partition first) throws IOException {
        Optional<String> unfit = store.unfit(root + "_tidemark/" + tag(Track.MAIN) + "/probe");
        return unfit.isPresent()
                ? new Claim.Foreign(new Refusal("sink-config", unfit.get()))
                : claims.take(lives, lastKnown);
    }

    @Override
    public void cancel() {
        haste.pace().stop();
        store.cancel();
    }

    @Override
    public void close() {
        store.close();
    }

    @Override
    public Optional<Refusal> inspect(Track track, Position reached, Set<String> pending) throws IOException {
        String folder = folder(track.partition());
        // What was sent beyond what is reached begins there: the names of a range sort by where it begins.
        String beyond = String.format(Locale.ROOT, "%019d", reached.sequence());
        for (ObjectName object : own(track, store.list(folder, beyond))) {
            String name = folder + object;
            if (object.range().through() > object.range().partOf(reached) && !pending.contains(name)) {
                return Optional.of(new Refusal(
                        "above-promise",
                        "another copy of this cache has written to " + store.place() + ": " + name + " goes beyond "
                                + reached + ", the last row that this copy delivered there"));
            }
        }
        return Optional.empty();
    }

    @Override
    public List<Range> covered(Track track, Position after) throws IOException {
        return own(track, store.list(folder(track.partition()))).stream()
                .map(ObjectName::range)
                .filter(range -> range.through() > range.partOf(after))
                .sorted(Comparator.comparing(Range::order).thenComparingLong(Range::since))
                .toList();
    }

    @Override
    public Optional<Trace> trace(Track track) throws IOException {
        long legacy = 0;
        long sequence = 0;
        for (ObjectName object : own(track, store.list(folder(track.partition())))) {
            long through = object.range().through();
            if (object.range().isLegacy()) {
                legacy = Math.max(legacy, through);
            } else {
                sequence = Math.max(sequence, through);
            }
        }
        return Optional.of(
                new Trace(new Position(legacy, sequence), claims.remembered().orElse(null)));
    }

    @Override
    public boolean keepsObjects() {
        return true;
    }

    @Override
    public List<DeliveredObject> delivered(Partition partition, Set<String> streams, String after, int limit)
            throws IOException {
        Map<WriterTag, String> tags = new HashMap<>();
        streams.forEach(stream -> tags.put(tag(stream), stream));
        String folder = folder(partition);
        Map<String, ObjectName> names = new LinkedHashMap<>();
        for (String name : store.list(folder, after)) {
            ObjectName.parse(name)
                    .filter(object -> tags.containsKey(object.tag()) && names.size() < limit)
                    .ifPresent(object -> names.put(name, object));
        }
        List<DeliveredObject> delivered = new ArrayList<>();
        for (StoredObject stored : store.describe(folder, List.copyOf(names.values()))) {
            ObjectName name = names.get(stored.name());
            if (name != null) {
                delivered.add(delivered(partition, tags.getOrDefault(name.tag(), Track.MAIN), name, stored));
            }
        }
        return delivered;
    }

    private DeliveredObject delivered(Partition partition, String stream, ObjectName name, StoredObject stored) {
        Map<String, String> facts = stored.facts();
        String rows = facts.get(ObjectFacts.ROWS);
        return new DeliveredObject(
                stream,
                partition.dataset(),
                partition.name(),
                stored.name(),
                name.range(),
                facts.get(ObjectFacts.INTENT),
                rows == null ? null : Long.valueOf(rows),
                stored.bytes(),
                stored.sha256(),
                facts.get(ObjectFacts.DIGEST),
                // The tag in its name is proof of the writer.
                facts.getOrDefault(ObjectFacts.ORIGIN, originOf(stream)),
                stored.at(),
                stored.source());
    }

    private List<ObjectName> own(Track track, List<String> names) {
        WriterTag tag = tag(track.stream());
        return names.stream()
                .flatMap(name -> ObjectName.parse(name).stream())
                .filter(object -> object.tag().equals(tag))
                .toList();
    }

    @Override
    public Delivery deliver(Shipment shipment) throws IOException {
        Intent intent = shipment.intent();
        ObjectFacts facts = factsOf(intent);
        Put put;
        try {
            put = store.create(intent.name(), shipment.encoded(), facts, haste);
        } catch (IOException e) {
            return new Delivery.Deferred(new Wait.BackingOff(), e.toString());
        }
        return switch (put) {
            case Put.Created(long bytes) -> new Delivery.Delivered(bytes);
            case Put.Unknown(String why) -> new Delivery.Unknown(why);
            case Put.Taken taken -> settle(intent, shipment.encoded(), facts);
        };
    }

    private Delivery settle(Intent intent, Path encoded, ObjectFacts facts) throws IOException {
        var bytes = store.accept(intent.name(), encoded, facts);
        if (bytes.isPresent()) {
            return new Delivery.Delivered(bytes.getAsLong());
        }
        return new Delivery.Refused(new Refusal(
                "foreign-object",
                store.place() + " has an object " + intent.name()
                        + " with other rows than this sink promised under that name; it is left as it is"));
    }

    private WriterTag tag(String stream) {
        return WriterTag.of(incarnation, instance, stream);
    }

    private String folder(Partition partition) {
        return root + partition.dataset() + "/" + partition.name() + "/";
    }
}
