// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.daemon.DaemonFile;
import dev.tidemark.daemon.DataDirectory;
import dev.tidemark.sinks.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/**
 * Asks the running daemon: at its unix socket, or over TCP by whoever may not open that.
 *
 * <p>An answer of 4xx or 5xx is a {@link CommandException} that says what the daemon said.
 */
final class DaemonClient {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LONG_PATIENCE = Duration.ofHours(12);
    private static final byte[] NOTHING = {};

    /** The ways to one daemon, the best first. */
    private final List<DaemonAddress> addresses;

    private final Map<String, String> authorization;

    private DaemonClient(List<DaemonAddress> addresses, Map<String, String> authorization) {
        this.addresses = addresses;
        this.authorization = authorization;
    }

    /** The same, asked by whoever has this token. */
    DaemonClient bearing(Secret token) {
        return new DaemonClient(addresses, Map.of("Authorization", "Bearer " + token.value()));
    }

    /** The daemon that a data directory names, whether or not it answers. */
    static DaemonClient of(DataDirectory data) throws IOException, CommandException {
        Optional<DaemonFile> file = DaemonFile.read(data.path());
        return of(file.orElseThrow(() -> noDaemon("no daemon runs on " + data.path())));
    }

    static DaemonClient of(DaemonFile file) {
        List<DaemonAddress> addresses = new ArrayList<>();
        addresses.add(DaemonAddress.ofSocket(Path.of(file.socket())));
        if (file.http() != null) {
            addresses.add(DaemonAddress.ofUrl((file.tls() ? "https://" : "http://") + file.http()));
        }
        return new DaemonClient(addresses, Map.of());
    }

    /** The daemon at one address and no other. */
    static DaemonClient at(DaemonAddress address) {
        return new DaemonClient(List.of(address), Map.of());
    }

    Reply read(String path) throws IOException, CommandException {
        return send("GET", path, Map.of(), NOTHING);
    }

    /** Reads what is answered at once unless the daemon hangs, or is busy beyond measure. */
    Reply readSoon(String path, Duration patience) throws IOException, CommandException {
        return send("GET", path, Map.of(), NOTHING, patience);
    }

    Reply post(String path) throws IOException, CommandException {
        return send("POST", path, Map.of(), NOTHING);
    }

    /** Posts an order that may take as long as there is data. */
    Reply postAndWait(String path) throws IOException, CommandException {
        return send("POST", path, Map.of(), NOTHING, LONG_PATIENCE);
    }

    /** Posts an order that may be refused with an answer of its own. */
    Reply postOrRefused(String path, int refusal) throws IOException, CommandException {
        Reply reply = ask("POST", path, Map.of(), NOTHING, PATIENCE);
        return reply.status() == refusal ? reply : accepted(reply);
    }

    /** Posts an order, as JSON. */
    Reply post(String path, byte[] json) throws IOException, CommandException {
        return send("POST", path, Map.of("Content-Type", "application/json"), json);
    }

    Reply delete(String path) throws IOException, CommandException {
        return send("DELETE", path, Map.of(), NOTHING);
    }

    /** Posts rows under a key, so that they may be sent again. */
    Reply post(String path, byte[] rows, String mediaType, String key) throws IOException, CommandException {
        return send("POST", path, Map.of("Content-Type", mediaType, "Idempotency-Key", key), rows);
    }

    /** Gives an order that is carried out before it is answered, however long that takes. */
    Reply order(String path, byte[] wish) throws IOException, CommandException {
        return send("POST", path, Map.of("Content-Type", "application/json"), wish, LONG_PATIENCE);
    }

    static JsonNode json(Reply reply) throws IOException {
        return JSON.readTree(reply.body());
    }

    private Reply send(String method, String path, Map<String, String> headers, byte[] body)
            throws IOException, CommandException {
        return send(method, path, headers, body, PATIENCE);
    }

    private Reply send(String method, String path, Map<String, String> headers, byte[] body, Duration patience)
            throws IOException, CommandException {
        return accepted(ask(method, path, headers, body, patience));
    }

    private Reply ask(String method, String path, Map<String, String> headers, byte[] body, Duration patience)
            throws IOException, CommandException {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.putAll(authorization);
        List<IOException> failures = new ArrayList<>();
        for (DaemonAddress address : addresses) {
            HttpConnection connection;
            try {
                connection = HttpConnection.open(address);
            } catch (SSLException e) {
                throw new CommandException(
                        CommandException.PERMISSION,
                        address + " was not believed: " + e.getMessage() + "; name its authority with TIDEMARK_CA");
            } catch (IOException e) {
                failures.add(e);
                continue;
            }
            try (connection) {
                return connection.ask(method, path, all, body, patience);
            }
        }
        CommandException absent = noDaemon("nobody answers at "
                + addresses.stream().map(DaemonAddress::toString).collect(Collectors.joining(" or "))
                + ": the daemon was killed, or is starting");
        failures.forEach(absent::addSuppressed);
        throw absent;
    }

    private static Reply accepted(Reply reply) throws IOException, CommandException {
        if (reply.status() >= 400) {
            throw refusal(reply);
        }
        return reply;
    }

    private static CommandException noDaemon(String message) {
        return new CommandException(CommandException.NO_DAEMON, message + "; start one with: tidemark run");
    }

    private static CommandException refusal(Reply reply) throws IOException {
        int code = switch (reply.status()) {
            case 401, 403 -> CommandException.PERMISSION;
            case 429, 503, 507 -> CommandException.TRY_AGAIN;
            default -> reply.status() >= 500 ? CommandException.INPUT_OUTPUT : CommandException.CHECK_FAILED;
        };
        return new CommandException(code, said(reply));
    }

    private static String said(Reply reply) throws IOException {
        try {
            JsonNode problem = json(reply);
            StringBuilder text = new StringBuilder(problem.path("title").asText("HTTP " + reply.status()));
            for (String field : new String[] {"detail", "line", "row", "column", "limit", "hint"}) {
                if (problem.hasNonNull(field)) {
                    String label = field.equals("detail") ? ": " : ", " + field + " ";
                    text.append(label).append(problem.get(field).asText());
                }
            }
            return text.toString();
        } catch (JsonProcessingException notProblem) {
            return "HTTP " + reply.status();
        }
    }
}
