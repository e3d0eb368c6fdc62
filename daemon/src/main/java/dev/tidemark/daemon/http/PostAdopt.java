// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adopted;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.RowTerms;
import dev.tidemark.daemon.decoding.DatasetDraft;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@code POST /v1/adopt}: files on this host become legacy rows of a dataset, or none of them does.
 *
 * <p>The answer comes when all is done, however long it takes. A daemon that stops ends it, and nothing was adopted.
 */
final class PostAdopt implements Route {
    private static final int BODY_BYTES_MAX = 4 << 20;
    private static final JsonMapper JSON = new JsonMapper();

    private final Cache cache;
    private final Supplier<RowTerms> terms;
    private final Arrivals arrivals;
    private final Floor floor;
    private volatile boolean stopping;

    /** Above which ordinal adopted rows begin. */
    @FunctionalInterface
    interface Floor {
        long ordinal() throws IOException;
    }

    PostAdopt(Cache cache, Supplier<RowTerms> terms, Arrivals arrivals, Floor floor) {
        this.floor = floor;
        this.cache = cache;
        this.terms = terms;
        this.arrivals = arrivals;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/adopt";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public void stop() {
        stopping = true;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        AdoptRequest wish = wish(request);
        try {
            Adopted adopted = cache.adopt(wish);
            arrivals.announce();
            return Answer.json(json -> AdoptedJson.write(adopted, json));
        } catch (AdoptionRefusedException e) {
            throw Problem.of(Slug.MISFIT, "nothing was adopted: " + e.getMessage())
                    .hinting(e.hint())
                    .refused();
        }
    }

    private AdoptRequest wish(Request request) throws IOException, RefusedException {
        byte[] body = request.body().readNBytes(BODY_BYTES_MAX + 1);
        if (body.length > BODY_BYTES_MAX) {
            throw Problem.of(Slug.BODY_TOO_LARGE, "the list of paths is too long")
                    .limitedTo(BODY_BYTES_MAX)
                    .hinting("adopt in several steps")
                    .refused();
        }
        JsonNode wish = tree(body);
        List<Path> paths = new ArrayList<>();
        for (JsonNode each : wish.path("paths")) {
            paths.add(path(each.asText()));
        }
        if (paths.isEmpty()) {
            throw malformed("paths names at least one file or directory");
        }
        String name = wish.path("dataset").asText();
        if (!Dataset.isName(name)) {
            throw Problem.of(Slug.BAD_NAME, "a dataset's name is [a-z][a-z0-9_]{0,62}")
                    .refused();
        }
        Dataset current = cache.dataset(name).orElse(Dataset.unwritten(name));
        return new AdoptRequest(
                DatasetDraft.declared(current, terms.get().declarations().of(name)),
                paths,
                wish.path("local").asBoolean(false) ? Adoption.Reach.LOCAL : Adoption.Reach.SINKS,
                floor.ordinal(),
                (path, rows) -> goOn());
    }

    private void goOn() throws InterruptedIOException {
        if (stopping) {
            throw new InterruptedIOException("stopped while files were adopted; nothing was");
        }
    }

    private static JsonNode tree(byte[] body) throws IOException, RefusedException {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw malformed("the body is no JSON");
        }
    }

    private static Path path(String text) throws IOException, RefusedException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                // A link to a file would be linked in its place.
                return Files.exists(path) ? path.toRealPath() : path;
            }
        } catch (InvalidPathException e) {
            throw malformed("not a path: " + text);
        }
        throw malformed("a path is absolute, " + text + " is not");
    }

    private static RefusedException malformed(String why) {
        return Problem.of(Slug.BAD_PARAMETER, why)
                .hinting("send {\"dataset\":\"logs\",\"paths\":[\"/srv/old.parquet\"],\"local\":false}")
                .refused();
    }
}
