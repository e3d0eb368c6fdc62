// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import dev.tidemark.sinks.Pace;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * An HTTP client whose requests another thread can end, whose bodies go out at a pace, and which itself ends a request
 * whose body is stuck.
 */
final class StoppableHttp implements SdkHttpClient {
    private final SdkHttpClient client;
    private final Duration write;
    private final Pace pace;

    /** Requests without an answer; as many as there are threads that ask. */
    private final Set<ExecutableHttpRequest> open = ConcurrentHashMap.newKeySet();

    /** @param write how long nothing of a body may go out */
    StoppableHttp(SdkHttpClient client, Duration write, Pace pace) {
        this.client = client;
        this.write = write;
        this.pace = pace;
    }

    void stop() {
        pace.stop();
        open.forEach(ExecutableHttpRequest::abort);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        Outgoing outgoing = new Outgoing();
        ContentStreamProvider content = request.contentStreamProvider().orElse(null);
        if (content == null) {
            return stoppable(client.prepareRequest(request), outgoing);
        }
        HttpExecuteRequest watched = HttpExecuteRequest.builder()
                .request(request.httpRequest())
                .metricCollector(request.metricCollector().orElse(null))
                .contentStreamProvider(() -> outgoing.over(pace.over(content.newStream())))
                .build();
        return stoppable(client.prepareRequest(watched), outgoing);
    }

    private ExecutableHttpRequest stoppable(ExecutableHttpRequest prepared, Outgoing outgoing) {
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                open.add(prepared);
                outgoing.watch(write, prepared::abort);
                try {
                    return prepared.call();
                } finally {
                    outgoing.end();
                    open.remove(prepared);
                }
            }

            @Override
            public void abort() {
                prepared.abort();
            }
        };
    }

    @Override
    public String clientName() {
        return client.clientName();
    }

    @Override
    public void close() {
        client.close();
    }
}
