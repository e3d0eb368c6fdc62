// SPDX-License-Identifier: Apache-2.0
/** Talks to a service manager that is a real socket. */
@NullMarked
package dev.tidemark.daemon.service;

import org.jspecify.annotations.NullMarked;
