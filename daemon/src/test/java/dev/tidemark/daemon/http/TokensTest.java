// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.tidemark.daemon.SocketTalk;
import dev.tidemark.daemon.config.AccessToken;
import dev.tidemark.daemon.config.AccessToken.Scope;
import dev.tidemark.sinks.Secret;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A token lets its bearer do what its scope says, and nobody else. */
class TokensTest {
    private static final String ROWS = "/v1/datasets/logs/rows";

    @TempDir
    private Path directory;

    private Serving serving;

    @BeforeEach
    void open() throws IOException {
        serving = new Serving(
                directory.resolve("data"),
                token("edge-17", Scope.INGEST),
                token("edge-18", Scope.INGEST),
                token("panel", Scope.READ),
                token("owner", Scope.ADMIN));
    }

    @AfterEach
    void close() throws IOException {
        serving.close();
    }

    private static AccessToken token(String name, Scope scope) {
        return new AccessToken(name, scope, new Secret("value-of-" + name));
    }

    private HttpResponse<String> ask(String method, String path, String body, String authorization)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = serving.request(path).method(method, BodyPublishers.ofString(body));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return serving.client().send(request.build(), BodyHandlers.ofString());
    }

    @TestFactory
    Stream<DynamicTest> aTokenLetsItsBearerDoWhatItsScopeSays() {
        return Stream.of(
                        "edge-17, POST /v1/datasets/logs/rows, 200",
                        "edge-17, POST /v1/forward/logs, 200",
                        "edge-17, GET /v1/forward/logs/position?origin=a%2Fb&partition=all, 200",
                        "edge-17, GET /v1/datasets/logs/rows, 403",
                        "edge-17, GET /v1/datasets, 403",
                        "edge-17, POST /v1/flush, 403",
                        "edge-17, GET /healthz, 200",
                        "panel, POST /v1/datasets/logs/rows, 403",
                        "panel, POST /v1/forward/logs, 403",
                        "panel, GET /v1/datasets/logs/rows, 200",
                        "panel, GET /v1/datasets/logs/rows/head, 200",
                        "panel, POST /v1/flush, 403",
                        "owner, POST /v1/datasets/logs/rows, 200",
                        "owner, GET /v1/datasets/logs/rows, 200",
                        "owner, POST /v1/flush, 200",
                        "nobody, POST /v1/datasets/logs/rows, 401",
                        "nobody, GET /v1/datasets/logs/rows, 401",
                        "nobody, POST /v1/flush, 401",
                        "nobody, GET /readyz, 200")
                .map(text -> dynamicTest(text, () -> {
                    String[] parts = text.split(", ", 3);
                    call(parts[0], parts[1], Integer.parseInt(parts[2]));
                }));
    }

    private void call(String name, String call, int status) throws IOException, InterruptedException {
        ask("POST", ROWS, "{\"n\":1}", "Bearer value-of-owner");
        String[] parts = call.split(" ", 2);
        String body = parts[0].equals("POST") && !parts[1].endsWith("flush") ? "{\"n\":2}" : "";

        HttpResponse<String> answer = ask(parts[0], parts[1], body, "Bearer value-of-" + name);

        assertEquals(status, answer.statusCode(), answer.body());
        if (status >= 400) {
            assertEquals(status == 401 ? "401 unauthorized" : "403 forbidden", Serving.refusal(answer));
            assertEquals(status == 401 ? "Bearer" : "-", Serving.header(answer, "WWW-Authenticate"));
            assertFalse(answer.body().contains("value-of"), answer.body());
        }
    }

    @Test
    void whatIsNotExactlyATokenIsNone() throws IOException, InterruptedException {
        for (String wrong : List.of(
                "",
                "Bearer",
                "Bearer ",
                "Bearer value-of-owne",
                "Bearer value-of-owner2",
                "Bearer VALUE-OF-OWNER",
                "Basic value-of-owner",
                "value-of-owner",
                "Bearer value-of-owner, Bearer value-of-owner")) {
            assertEquals("401 unauthorized", Serving.refusal(ask("GET", "/v1/datasets", "", wrong)), wrong);
        }
        assertEquals(
                200, ask("GET", "/v1/datasets", "", "bearer  value-of-owner").statusCode());
        HttpResponse<String> twice = serving.client()
                .send(
                        serving.request("/v1/datasets")
                                .header("Authorization", "Bearer value-of-owner")
                                .header("Authorization", "Bearer value-of-panel")
                                .build(),
                        BodyHandlers.ofString());
        assertEquals("401 unauthorized", Serving.refusal(twice));
    }

    @Test
    void atTheSocketNobodyNeedsOne() throws IOException {
        assertEquals(200, serving.order(ROWS, "{\"n\":1}").statusCode());
        assertEquals(200, serving.order("/v1/flush").statusCode());
        String answer = SocketTalk.say(
                directory.resolve("data/s"),
                "GET /v1/datasets HTTP/1.1|Host: localhost|Authorization: Bearer wrong|Connection: close||");
        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    }

    private String forward(String name, String dataset, int place) throws IOException, InterruptedException {
        String row = "{\"_ingest_seq\":" + place + ",\"_ingest_time\":\"2026-01-01T00:00:00Z\",\"n\":1}\n";
        HttpResponse<String> answer = serving.post(
                "/v1/forward/" + dataset,
                BodyPublishers.ofString(row),
                Stream.of(
                                "Tidemark-Origin: abc/central",
                                "Tidemark-Partition: all",
                                "Tidemark-Range: " + (place - 1) + "-" + place,
                                "Authorization: Bearer value-of-" + name)
                        .flatMap(header -> Stream.of(header.split(": ", 2)))
                        .toArray(String[]::new));
        return answer.statusCode() == 200
                ? Serving.json(answer).path("status").asText().toLowerCase(Locale.ROOT)
                : Serving.refusal(answer);
    }

    @Test
    @Tag("I10")
    void anOriginBelongsToTheTokenThatUsedItFirst() throws IOException, InterruptedException {
        assertEquals("stored", forward("edge-17", "logs", 1));
        assertEquals("403 forbidden", forward("edge-18", "logs", 2));
        assertEquals("403 forbidden", forward("edge-18", "logs", 1));
        assertEquals("403 forbidden", forward("owner", "events", 1));
        assertEquals("duplicate", forward("edge-17", "logs", 1));
        assertEquals("stored", forward("edge-17", "logs", 2));
    }
}
