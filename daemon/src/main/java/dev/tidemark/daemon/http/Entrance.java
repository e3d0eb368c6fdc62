// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;

/** How a request came in, which decides what it may ask for. */
enum Entrance {
    /** From anybody on this host. */
    TCP,
    /** From whoever the file system lets connect. */
    SOCKET;

    void admit(Permission permission) throws RefusedException {
        if (this == TCP && permission == Permission.ADMIN) {
            throw Problem.of(Slug.FORBIDDEN, "over TCP rows are taken and read, and no orders")
                    .hinting("ask at the unix socket that daemon.json names, as the tidemark command does")
                    .refused();
        }
    }
}
