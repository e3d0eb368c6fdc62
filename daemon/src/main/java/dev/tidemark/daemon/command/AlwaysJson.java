// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import picocli.CommandLine.Option;

/** {@code --json} at a verb whose output is JSON without being asked, so that scripts may say it everywhere. */
final class AlwaysJson {
    @Option(names = "--json", description = "changes nothing: the output is JSON")
    @SuppressWarnings("unused") // It is taken, and that is all.
    private boolean json;
}
