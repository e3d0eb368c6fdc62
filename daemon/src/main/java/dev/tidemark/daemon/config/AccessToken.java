// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.Secret;

/**
 * A secret that lets its bearer in.
 *
 * @param name who bears it; origins of forwarded rows belong to it
 */
public record AccessToken(String name, Scope scope, Secret value) {
    /** What a bearer may do. */
    public enum Scope {
        INGEST,
        READ,
        /** This and everything else. */
        ADMIN
    }
}
