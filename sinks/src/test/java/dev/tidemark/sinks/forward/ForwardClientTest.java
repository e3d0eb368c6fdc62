// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.ForwardDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import okhttp3.Interceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForwardClientTest {
    @Test
    void theLastPieceOfAUnitDoesNotWaitForThoseBeforeItToBeConfirmed(@TempDir Path directory) throws IOException {
        List<Boolean> prompt = new ArrayList<>();
        Interceptor seam = chain -> {
            prompt.add(Objects.requireNonNull(chain.connection()).socket().getTcpNoDelay());
            return chain.proceed(chain.request());
        };
        Path rows = Files.writeString(directory.resolve("rows"), "{}\n");
        try (FaultyEndpoint endpoint = new FaultyEndpoint(request -> FaultyEndpoint.answer(200))) {
            ForwardClient client = new ForwardClient(
                    central(endpoint.url("/rows")), new Pace(0, InstantSource.system()), List.of(seam));
            client.post("logs", Map.of(), "application/x-ndjson", new SpilledBody(new LocalDisk(), rows));
            client.close();
        }
        assertEquals(List.of(true), prompt);
    }

    private static ForwardDestination central(URI url) {
        return new ForwardDestination(
                url,
                Dialect.PLAIN,
                new ForwardDestination.Authorization.None(),
                Map.of(),
                null,
                ForwardDestination.WireFormat.NDJSON,
                Compression.NONE,
                Hidden.LEFT_OUT,
                new ObjectLimits(10, 1 << 20, Duration.ZERO),
                0,
                ForwardDestination.Timeouts.DEFAULT,
                ForwardDestination.Tls.OF_THE_HOST);
    }
}
