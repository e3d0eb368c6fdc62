// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** On which terms rows are taken, all of them of one moment. */
public record RowTerms(IngestSettings ingest, Declarations declarations) {}
