// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Verification;
import java.io.IOException;

/** What an operator may ask for the whole data directory, cache and sinks together. */
public interface Care {
    Verification verify() throws IOException;
}
