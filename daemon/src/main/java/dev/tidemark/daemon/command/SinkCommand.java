// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import picocli.CommandLine.Command;

/** {@code sink}: what can be done with one sink, or all of them. */
@Command(name = "sink", description = "Shows sinks, and tells one what to do.", synopsisSubcommandLabel = "VERB")
final class SinkCommand {}
