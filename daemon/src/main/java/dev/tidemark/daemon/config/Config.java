// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.SinkSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Everything the operator can set, with a default for all of it.
 *
 * @param http where requests are answered; port 0 is a free one, null: only at the socket
 * @param socket where the unix socket lies; null: where the host has a place for it
 * @param memoryBudget bytes of rows that may be off the heap
 * @param faults what is wrong with sink files, each of which stops only its own sink
 */
public record Config(
        String name,
        @Nullable InetSocketAddress http,
        @Nullable Path socket,
        IngestSettings ingest,
        SpoolSettings spool,
        FlushSettings flush,
        UpkeepSettings upkeep,
        long memoryBudget,
        Level logLevel,
        Declarations declarations,
        List<SinkSettings> sinks,
        List<Finding> faults) {
    public Config {
        sinks = List.copyOf(sinks);
        faults = List.copyOf(faults);
    }

    /** The same, listening elsewhere over TCP, or not at all. */
    public Config listeningAt(@Nullable InetSocketAddress other) {
        return new Config(
                name, other, socket, ingest, spool, flush, upkeep, memoryBudget, logLevel, declarations, sinks, faults);
    }

    /** The same, with its unix socket elsewhere. */
    public Config withSocket(Path other) {
        return new Config(name, http, other, ingest, spool, flush, upkeep, memoryBudget, logLevel, declarations, sinks, faults);
    }

    /** The same, telling more or less. */
    public Config loggingAt(Level other) {
        return new Config(name, http, socket, ingest, spool, flush, upkeep, memoryBudget, other, declarations, sinks, faults);
    }

    Config withSinks(List<SinkSettings> settings, List<Finding> sinkFaults) {
        return new Config(
                name, http, socket, ingest, spool, flush, upkeep, memoryBudget, logLevel, declarations, settings, sinkFaults);
    }
}
