// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.sinks.encoding.ArrowFileEncoder;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A unit on its way to a table: an Arrow file with every column, which also says which one is the event time. */
final class LakeEncoder implements RowEncoder {
    static final String EVENT_TIME = "tidemark-event-time";

    private final RowEncoder arrow = new ArrowFileEncoder(Hidden.SHOWN);

    @Override
    public String extension() {
        return arrow.extension();
    }

    @Override
    public String version() {
        return "lake/1";
    }

    @Override
    public Encoding start(OutputStream out) throws IOException {
        Encoding encoding = arrow.start(out);
        return new Encoding() {
            private @Nullable String eventTime;

            @Override
            public void add(RowBatch batch) throws IOException {
                eventTime = batch.dataset().timestamp();
                encoding.add(batch);
            }

            @Override
            public void seal(Map<String, String> facts) {
                Map<String, String> all = new HashMap<>(facts);
                if (eventTime != null) {
                    all.put(EVENT_TIME, eventTime);
                }
                encoding.seal(all);
            }

            @Override
            public void close() throws IOException {
                encoding.close();
            }
        };
    }
}
