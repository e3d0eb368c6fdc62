// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import picocli.CommandLine.Command;

/** {@code config}: what holds, where it is said, and what could be. */
@Command(
        name = "config",
        description = "Shows what holds and where it is said, or what a file may say.",
        synopsisSubcommandLabel = "VERB")
final class ConfigCommand {}
