// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.testing;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.sinks.testing.FaultyEndpoint.Act;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** A receiver of the forward protocol, in memory: uncompressed NDJSON whose rows have an {@code id}. */
public final class ReceiverTwin implements Function<Received, Act> {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Map<String, Kept> ledger = new TreeMap<>();
    private final List<Long> ids = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private LongPredicate poison = id -> false;

    private record Kept(long legacy, long through, String life) {}

    @Override
    public synchronized Act apply(Received request) {
        try {
            return request.method().equals("GET") ? position() : take(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Act position() {
        return FaultyEndpoint.json(200, "{\"through\":null,\"legacy\":null,\"life\":null}");
    }

    private Act take(Received request) throws IOException {
        String key =
                request.header("Tidemark-Origin") + "|" + request.path() + "|" + request.header("Tidemark-Partition");
        if (!request.header("Content-Digest").equals(digest(request.body()))) {
            return problem(400, "digest", "");
        }
        boolean isLegacy = request.header("Tidemark-Range").startsWith("legacy/");
        String[] range = request.header("Tidemark-Range").replace("legacy/", "").split("-", 2);
        long since = Long.parseLong(range[0]);
        long through = Long.parseLong(range[1]);
        List<Long> rows = rows(request.body());
        if (rows.size() != Long.parseLong(request.header("Tidemark-Rows"))
                || Math.abs(rows.getFirst()) <= since
                || Math.abs(rows.getLast()) != through) {
            faults.add("range " + request.header("Tidemark-Range") + " with " + rows);
            return problem(422, "range", "");
        }
        if (rows.stream().anyMatch(id -> poison.test(id))) {
            return problem(422, "type", "");
        }
        Kept known = ledger.getOrDefault(key, new Kept(0, 0, ""));
        long kept = isLegacy ? known.legacy() : known.through();
        String[] prior = request.header("Tidemark-Prior").split("/", 2);
        if (Long.parseLong(prior[0]) > known.legacy() || Long.parseLong(prior[1]) > known.through()) {
            return problem(409, "lost-position", ",\"through\":" + known.through() + ",\"legacy\":" + known.legacy());
        }
        List<String> lives = List.of(request.header("Tidemark-Life").split("/", 2));
        if (!known.life().isEmpty() && !lives.contains(known.life())) {
            return problem(409, "foreign-life", ",\"life\":\"" + known.life() + "\"");
        }
        List<Long> fresh = rows.stream().filter(id -> Math.abs(id) > kept).toList();
        ids.addAll(fresh);
        long now = Math.max(kept, through);
        ledger.put(key, new Kept(isLegacy ? now : known.legacy(), isLegacy ? known.through() : now, lives.getFirst()));
        String status = fresh.isEmpty() ? "duplicate" : "stored";
        return FaultyEndpoint.json(
                200, "{\"status\":\"" + status + "\",\"through\":" + now + ",\"stored_rows\":" + fresh.size() + "}");
    }

    private static Act problem(int status, String slug, String more) {
        return FaultyEndpoint.json(
                status, "{\"type\":\"/problems/" + slug + "\",\"title\":\"no\",\"status\":" + status + more + "}");
    }

    private static List<Long> rows(byte[] body) throws IOException {
        List<Long> ids = new ArrayList<>();
        for (String line : new String(body, StandardCharsets.UTF_8).strip().split("\n", -1)) {
            ids.add(JSON.readTree(line).get("id").longValue());
        }
        return ids;
    }

    public static String digest(byte[] body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
            return "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** From now on a unit with this row is refused as a whole; null: none is. */
    public synchronized void poison(@Nullable Long id) {
        poison = id == null ? any -> false : any -> any == id;
    }

    /** From now on a unit with such a row is refused as a whole. */
    public synchronized void poisonAll(LongPredicate bad) {
        poison = bad;
    }

    /** Another copy of the sender's cache wrote here, in that life. */
    public synchronized void writtenInLife(String life) {
        ledger.replaceAll((key, kept) -> new Kept(kept.legacy(), kept.through(), life));
    }

    /** Goes back to what it had when it had got so many rows. */
    public synchronized void restoreTo(int rows) {
        ids.subList(rows, ids.size()).clear();
        long last = ids.stream().mapToLong(Long::longValue).max().orElse(0);
        long ordinal = -ids.stream().mapToLong(Long::longValue).min().orElse(0);
        ledger.replaceAll((key, kept) -> new Kept(
                Math.max(0, Math.min(kept.legacy(), ordinal)),
                Math.max(0, Math.min(kept.through(), last)),
                kept.life()));
    }

    /** The ids of all rows stored, sorted, each as often as it was. */
    public synchronized List<Long> ids() {
        return ids.stream().sorted().toList();
    }

    /** What no correct sender ever sends. */
    public synchronized List<String> faults() {
        return List.copyOf(faults);
    }
}
