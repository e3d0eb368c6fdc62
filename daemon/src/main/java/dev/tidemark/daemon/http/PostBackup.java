// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/** {@code POST /v1/backup?to=DIR}: a copy of the data directory, beside whatever goes on. */
final class PostBackup implements Route {
    private final Care care;

    PostBackup(Care care) {
        this.care = care;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/backup";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow("to");
        String to = request.query().text("to").orElse("");
        if (!to.startsWith("/")) {
            throw Query.refused("to", "is the absolute path of a directory on the daemon's host");
        }
        Path target = Path.of(to).normalize();
        try {
            care.backup(target);
        } catch (FileAlreadyExistsException taken) {
            throw Problem.of(Slug.BAD_PARAMETER, String.valueOf(taken.getMessage()))
                    .refused();
        }
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("to", target.toString());
            json.writeEndObject();
        });
    }
}
