// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A place for objects that are created once, whole, and never replaced.
 *
 * <p>Keys are relative paths with {@code /}. No method tries twice.
 */
public interface BlobStore extends AutoCloseable {
    /** Where it is, for intents and messages. */
    String place();

    /**
     * Creates an object from a local file.
     *
     * @throws IOException when nothing was created
     */
    Put create(String key, Path content, ObjectFacts facts) throws IOException;

    /**
     * The same for one of several sinks that share the store.
     *
     * @param haste how fast its bytes may go, and how long they may take; a store of one sink knows both
     */
    default Put create(String key, Path content, ObjectFacts facts, Haste haste) throws IOException {
        return create(key, content, facts);
    }

    /**
     * The bytes of an existing object, once it is sure that it holds the rows of {@code facts} and is durable; empty
     * when it holds anything else.
     *
     * @param content what we would have written
     */
    OptionalLong accept(String key, Path content, ObjectFacts facts) throws IOException;

    /** Creates a small object of text; {@link Put.Created} is durable. */
    Put createText(String key, String text) throws IOException;

    String readText(String key) throws IOException;

    /** The names directly in a folder, sorted; empty when there is no such folder. */
    List<String> list(String folder) throws IOException;

    /** Of those, the names after a name; a store that has to be asked for each may leave the others out unread. */
    default List<String> list(String folder, String after) throws IOException {
        return list(folder).stream().filter(name -> name.compareTo(after) > 0).toList();
    }

    /**
     * What is known of objects of a folder, in their order; those that are gone are left out. A store that keeps what
     * it knows beside the objects, and finds that it lacks one, makes that good from the object.
     */
    List<StoredObject> describe(String folder, List<ObjectName> objects) throws IOException;

    void delete(String key) throws IOException;

    /**
     * Why the place cannot be a store, which is asked before the first object of an open; empty when it can.
     *
     * @param key of an object that may be created for the answer, and stays
     */
    default Optional<String> unfit(String key) throws IOException {
        return Optional.empty();
    }

    /** Ends what is under way, which is unknown then; any thread may ask. */
    default void cancel() {}

    /** Lets go of connections. */
    @Override
    default void close() {}
}
