// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.daemon.DaemonFile;
import dev.tidemark.daemon.DataDirectory;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/**
 * Asks the running daemon, over its loopback address; the unix socket is not built yet.
 *
 * <p>An answer of 4xx or 5xx is a {@link CommandException} that says what the daemon said.
 */
final class DaemonClient implements AutoCloseable {
    static final String NDJSON = "application/x-ndjson";

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

    private final String base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    private DaemonClient(String base) {
        this.base = base;
    }

    /** The daemon that a data directory names, whether or not it answers. */
    static DaemonClient of(DataDirectory data) throws IOException, CommandException {
        Optional<String> address = DaemonFile.read(data.path()).map(DaemonFile::http);
        return at(address.orElseThrow(() -> noDaemon("no daemon runs on " + data.path())));
    }

    /** The daemon at this host and port. */
    static DaemonClient at(String hostAndPort) {
        return new DaemonClient("http://" + hostAndPort);
    }

    HttpResponse<byte[]> read(String path) throws IOException, InterruptedException, CommandException {
        return send(request(path).GET().build());
    }

    HttpResponse<byte[]> post(String path) throws IOException, InterruptedException, CommandException {
        return send(request(path).POST(BodyPublishers.noBody()).build());
    }

    /** Posts rows under a key, so that they may be sent again. */
    HttpResponse<byte[]> post(String path, BodyPublisher rows, String key)
            throws IOException, InterruptedException, CommandException {
        return send(request(path)
                .header("Content-Type", NDJSON)
                .header("Idempotency-Key", key)
                .POST(rows)
                .build());
    }

    static JsonNode json(HttpResponse<byte[]> response) throws IOException {
        return JSON.readTree(response.body());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(ANSWER_TIMEOUT);
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException, CommandException {
        HttpResponse<byte[]> response;
        try {
            response = http.send(request, BodyHandlers.ofByteArray());
        } catch (ConnectException e) {
            CommandException absent = noDaemon("nobody answers at " + base + ": the daemon was killed, or is starting");
            absent.initCause(e);
            throw absent;
        }
        if (response.statusCode() >= 400) {
            throw refusal(response);
        }
        return response;
    }

    private static CommandException noDaemon(String message) {
        return new CommandException(CommandException.NO_DAEMON, message + "; start one with: tidemark run");
    }

    private static CommandException refusal(HttpResponse<byte[]> response) throws IOException {
        int code = switch (response.statusCode()) {
            case 401, 403 -> CommandException.PERMISSION;
            case 429, 503, 507 -> CommandException.TRY_AGAIN;
            default -> response.statusCode() >= 500 ? CommandException.INPUT_OUTPUT : CommandException.CHECK_FAILED;
        };
        return new CommandException(code, said(response));
    }

    private static String said(HttpResponse<byte[]> response) throws IOException {
        try {
            JsonNode problem = json(response);
            StringBuilder text = new StringBuilder(problem.path("title").asText("HTTP " + response.statusCode()));
            for (String field : new String[] {"detail", "line", "row", "column", "limit", "hint"}) {
                if (problem.hasNonNull(field)) {
                    String label = field.equals("detail") ? ": " : ", " + field + " ";
                    text.append(label).append(problem.get(field).asText());
                }
            }
            return text.toString();
        } catch (JsonProcessingException notProblem) {
            return "HTTP " + response.statusCode();
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
