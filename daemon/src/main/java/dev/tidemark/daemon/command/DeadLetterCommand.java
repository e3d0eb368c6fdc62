// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import picocli.CommandLine.Command;

/** {@code dead-letter}: the rows that a destination never took. */
@Command(
        name = "dead-letter",
        description = "Shows the rows that a destination never took, and sends them again or gives them up.",
        synopsisSubcommandLabel = "VERB")
final class DeadLetterCommand {}
