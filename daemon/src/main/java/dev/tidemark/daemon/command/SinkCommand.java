// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import picocli.CommandLine.Command;

/** {@code sink}: what can be done with one sink, or all of them. */
@Command(name = "sink", description = "Lists sinks, or runs one.", synopsisSubcommandLabel = "VERB")
final class SinkCommand {}
