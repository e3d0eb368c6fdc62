// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** An HTTP client whose requests another thread can end. */
final class StoppableHttp implements SdkHttpClient {
    private final SdkHttpClient client;

    /** Requests without an answer; as many as there are threads that ask. */
    private final Set<ExecutableHttpRequest> open = ConcurrentHashMap.newKeySet();

    StoppableHttp(SdkHttpClient client) {
        this.client = client;
    }

    void stop() {
        open.forEach(ExecutableHttpRequest::abort);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest prepared = client.prepareRequest(request);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                open.add(prepared);
                try {
                    return prepared.call();
                } finally {
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
