// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import dev.tidemark.sinks.Claim;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Intent;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.Refusal;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.Sink;
import dev.tidemark.sinks.Wait;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.JsonlEncoder;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A sink whose units are objects in a store, each created once under a name that says its rows and its writer. */
public final class BlobSink implements Sink {
    private final BlobStore store;
    private final String root;
    private final String origin;
    private final WriterTag tag;
    private final Claims claims;
    private final RowEncoder encoder = new JsonlEncoder(Hidden.LEFT_OUT);

    /**
     * Writes nothing.
     *
     * @param prefix the folder of all objects, with its placeholders resolved; may be empty
     */
    public BlobSink(BlobStore store, String prefix, String incarnation, String instance) {
        this.store = store;
        this.root = prefix.isEmpty() ? "" : prefix + "/";
        this.origin = incarnation + "/" + instance;
        this.tag = WriterTag.of(incarnation, instance, Intent.MAIN);
        this.claims = new Claims(store, root + "_tidemark/" + tag + "/");
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
        return encoder;
    }

    @Override
    public String unitName(Partition partition, Sequence since, Sequence through) {
        return folder(partition) + new ObjectName(since, through, tag, encoder.extension());
    }

    @Override
    public Claim claim(Lives lives, long lastKnown) throws IOException {
        return claims.take(lives, lastKnown);
    }

    @Override
    public Optional<Refusal> inspect(Partition partition, Sequence mark, Optional<String> pending) throws IOException {
        String folder = folder(partition);
        for (String name : store.list(folder)) {
            boolean beyond = ObjectName.parse(name)
                    .filter(object ->
                            object.tag().equals(tag) && object.through().isAfter(mark))
                    .isPresent();
            if (beyond && !pending.equals(Optional.of(folder + name))) {
                return Optional.of(new Refusal(
                        "above-promise",
                        "another copy of this cache has written to " + store.place() + ": " + folder + name
                                + " goes beyond " + mark + ", the last sequence that this copy delivered there"));
            }
        }
        return Optional.empty();
    }

    @Override
    public Delivery deliver(Shipment shipment) throws IOException {
        Intent intent = shipment.intent();
        Path encoded = shipment.encoded();
        ObjectFacts facts =
                new ObjectFacts(intent.id(), origin, intent.since(), intent.through(), intent.rows(), intent.digest());
        Put put;
        try {
            put = store.create(intent.object(), encoded, facts);
        } catch (IOException e) {
            return new Delivery.Deferred(new Wait.BackingOff(), e.toString());
        }
        return switch (put) {
            case Put.Created(long bytes) -> new Delivery.Delivered(bytes);
            case Put.Unknown(String why) -> new Delivery.Unknown(why);
            case Put.Taken taken -> settle(intent, encoded, facts);
        };
    }

    private Delivery settle(Intent intent, Path encoded, ObjectFacts facts) throws IOException {
        var bytes = store.accept(intent.object(), encoded, facts);
        if (bytes.isPresent()) {
            return new Delivery.Delivered(bytes.getAsLong());
        }
        return new Delivery.Refused(new Refusal(
                "foreign-object",
                store.place() + " has an object " + intent.object()
                        + " with other rows than this sink promised under that name; it is left as it is"));
    }

    private String folder(Partition partition) {
        return root + partition.dataset() + "/" + partition.name() + "/";
    }
}
