// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.SinkSettings;
import java.net.InetSocketAddress;
import java.util.List;
import org.slf4j.event.Level;

/**
 * Everything the operator can set, with a default for all of it.
 *
 * @param http where requests are answered; port 0 is a free one
 * @param memoryBudget bytes of rows that may be off the heap
 * @param faults what is wrong with sink files, each of which stops only its own sink
 */
public record Config(
        String name,
        InetSocketAddress http,
        IngestSettings ingest,
        SpoolSettings spool,
        FlushSettings flush,
        long memoryBudget,
        Level logLevel,
        Declarations declarations,
        List<SinkSettings> sinks,
        List<Finding> faults) {
    public Config {
        sinks = List.copyOf(sinks);
        faults = List.copyOf(faults);
    }

    /** The same, listening elsewhere. */
    public Config listeningAt(InetSocketAddress other) {
        return new Config(name, other, ingest, spool, flush, memoryBudget, logLevel, declarations, sinks, faults);
    }

    /** The same, telling more or less. */
    public Config loggingAt(Level other) {
        return new Config(name, http, ingest, spool, flush, memoryBudget, other, declarations, sinks, faults);
    }

    Config withSinks(List<SinkSettings> settings, List<Finding> sinkFaults) {
        return new Config(name, http, ingest, spool, flush, memoryBudget, logLevel, declarations, settings, sinkFaults);
    }
}
