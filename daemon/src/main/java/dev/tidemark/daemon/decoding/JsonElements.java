// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;

/** The rows of a JSON body: the elements of one array, or one object alone. */
final class JsonElements extends RowTexts {
    private final byte[] body;
    private final int length;
    private int at;
    private long lineOfAt = 1;
    private State state = State.BEFORE;
    private int start;
    private int end;
    private long line;
    private long row;

    private enum State {
        BEFORE,
        IN_ARRAY,
        AFTER
    }

    JsonElements(byte[] body, int length) {
        this.body = body;
        this.length = length;
        at = Utf8.afterMark(body, length);
    }

    @Override
    boolean next() throws RefusedException {
        if (state == State.BEFORE) {
            if (!skipBlanks()) {
                return false;
            }
            if (body[at] == '{') {
                element();
                state = State.AFTER;
                return true;
            }
            if (body[at] != '[') {
                throw broken("the body is neither an array of objects nor one object");
            }
            at++;
            state = State.IN_ARRAY;
            if (skipBlanks() && body[at] == ']') {
                at++;
                state = State.AFTER;
            }
        } else if (state == State.IN_ARRAY) {
            if (!skipBlanks()) {
                throw broken("the array has no end");
            }
            if (body[at] == ']') {
                state = State.AFTER;
            } else if (body[at] != ',') {
                throw broken("a bracket is closed that was not opened");
            }
            at++;
        }
        if (state == State.AFTER) {
            if (skipBlanks()) {
                throw broken("there is something behind the end of the JSON value");
            }
            return false;
        }
        if (!skipBlanks() || body[at] == ',' || body[at] == ']') {
            throw broken("an element of the array is missing");
        }
        element();
        return true;
    }

    /** Finds the end of the element that begins here; what lies between is for the parser to judge. */
    private void element() throws RefusedException {
        start = at;
        line = lineOfAt;
        row++;
        int depth = 0;
        while (at < length) {
            byte b = body[at];
            if (b == '"') {
                passString();
                continue;
            }
            if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                if (depth == 0) {
                    break;
                }
                depth--;
                if (depth == 0 && state == State.BEFORE) {
                    at++;
                    break;
                }
            } else if (b == ',' && depth == 0) {
                break;
            } else if (b == '\n') {
                lineOfAt++;
            }
            at++;
        }
        if (depth > 0) {
            throw broken("the JSON value has no end");
        }
        end = at;
    }

    private void passString() throws RefusedException {
        at++;
        while (at < length && body[at] != '"') {
            if (body[at] == '\n') {
                lineOfAt++;
            }
            at += body[at] == '\\' ? 2 : 1;
        }
        if (at >= length) {
            throw broken("a string has no end");
        }
        at++;
    }

    private boolean skipBlanks() {
        while (at < length && (body[at] == ' ' || body[at] == '\t' || body[at] == '\r' || body[at] == '\n')) {
            if (body[at] == '\n') {
                lineOfAt++;
            }
            at++;
        }
        return at < length;
    }

    private RefusedException broken(String detail) {
        return Problem.of(Slug.BAD_JSON, detail)
                .at(lineOfAt, Math.max(1, state == State.AFTER ? row : row + 1))
                .refused();
    }

    @Override
    byte[] bytes() {
        return body;
    }

    @Override
    int start() {
        return start;
    }

    @Override
    int end() {
        return end;
    }

    @Override
    long line() {
        return line;
    }

    @Override
    boolean isWellFormed() {
        return Utf8.isWellFormed(body, start, end);
    }
}
