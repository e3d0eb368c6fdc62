// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http.problem;

import java.util.Locale;

/** The last word of a problem's type, with the status it is answered under. */
public enum Slug {
    BAD_JSON(400, "The body is not JSON"),
    BAD_CSV(400, "The body is not CSV"),
    BAD_ARROW(400, "The body is not an Arrow stream"),
    BAD_NAME(400, "A name is not allowed"),
    BAD_PARAMETER(400, "A part of the request is not understood"),
    BAD_TOKEN(400, "The token is not understood"),
    DIGEST(400, "The body is not what was sent"),
    TOKEN_SCOPE(400, "The token belongs to another scope"),
    UNAUTHORIZED(401, "The request needs a token"),
    FORBIDDEN(403, "The request may not be made here"),
    BAD_HOST(403, "The Host header is not this host"),
    BAD_ORIGIN(403, "Browsers are not served"),
    NOT_FOUND(404, "There is nothing at this path"),
    UNKNOWN_DATASET(404, "There is no such dataset"),
    UNKNOWN_SINK(404, "There is no such sink"),
    METHOD(405, "The path does not take this method"),
    FOREIGN_LIFE(409, "Another copy of the sender wrote last"),
    LOST_POSITION(409, "Less is here than was acknowledged"),
    SINK_HALTED(409, "The sink must not go on until somebody looked"),
    SINK_IN_USE(409, "The sink is in use"),
    SINK_PAUSED(409, "The sink is paused"),
    TOKEN_INCARNATION(409, "The token belongs to another cache"),
    BODY_TOO_LARGE(413, "The body is too large"),
    ROW_TOO_LARGE(413, "A row is too large"),
    TOO_DEEP(413, "A value is nested too deeply"),
    TOO_MANY_ROWS(413, "The body has too many rows"),
    CONTENT_ENCODING(415, "The content encoding is not supported"),
    MEDIA_TYPE(415, "The content type is not supported"),
    CASE_CLASH(422, "Two columns differ only in case"),
    KEY_REUSED(422, "The key belongs to another request"),
    MISFIT(422, "A value does not fit its column"),
    MISSING_REQUIRED(422, "A required column has no value"),
    RANGE(422, "The rows are not those of the range"),
    UNKNOWN_COLUMN(422, "The dataset has no such column"),
    RESERVED_NAME(422, "The column name is reserved"),
    BUSY(429, "There is no memory for the request now"),
    INTERNAL(500, "The request failed"),
    STOPPING(503, "No rows are taken any more"),
    DISK_FULL(507, "There is no room for the rows"),
    QUOTA(507, "A quota is used up");

    private final int status;
    private final String title;

    Slug(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** Whether the same request may be answered differently a little later. */
    public boolean passes() {
        return this == BUSY || this == STOPPING || this == DISK_FULL || this == QUOTA;
    }

    /** The word as it stands in the type. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
