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
 * @param memoryBudget bytes of rows that may be off the heap
 * @param faults what is wrong with sink files, each of which stops only its own sink
 */
public record Config(
        String name,
        ListenSettings listen,
        IngestSettings ingest,
        SpoolSettings spool,
        FlushSettings flush,
        UpkeepSettings upkeep,
        long memoryBudget,
        LogSettings log,
        Declarations declarations,
        List<SinkSettings> sinks,
        List<Finding> faults) {
    public Config {
        sinks = List.copyOf(sinks);
        faults = List.copyOf(faults);
    }

    /** The same, listening elsewhere over TCP, or not at all. */
    public Config listeningAt(@Nullable InetSocketAddress other) {
        return with(listen.at(other));
    }

    /** The same, with its unix socket elsewhere. */
    public Config withSocket(Path other) {
        return with(listen.withSocket(other));
    }

    private Config with(ListenSettings other) {
        return new Config(name, other, ingest, spool, flush, upkeep, memoryBudget, log, declarations, sinks, faults);
    }

    /** The same, telling more or less. */
    public Config loggingAt(Level other) {
        return logging(log.at(other));
    }

    /** The same, told in another form. */
    public Config loggingAs(LogFormat other) {
        return logging(log.as(other));
    }

    private Config logging(LogSettings other) {
        return new Config(name, listen, ingest, spool, flush, upkeep, memoryBudget, other, declarations, sinks, faults);
    }

    Config withSinks(List<SinkSettings> settings, List<Finding> sinkFaults) {
        return new Config(
                name, listen, ingest, spool, flush, upkeep, memoryBudget, log, declarations, settings, sinkFaults);
    }
}
