// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.metrics.Metrics;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/** A route that takes rows, with what became of each request counted. */
final class CountedRoute implements Route {
    private static final int TOO_LARGE = 413;

    private final Route route;
    private final Metrics metrics;

    CountedRoute(Route route, Metrics metrics) {
        this.route = route;
        this.metrics = metrics;
    }

    @Override
    public String method() {
        return route.method();
    }

    @Override
    public String path() {
        return route.path();
    }

    @Override
    public Permission permission() {
        return route.permission();
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        long begun = System.nanoTime();
        CountedBody body = new CountedBody(request.body());
        try {
            Answer answer = route.answer(new Counted(request, body));
            if (answer.status() == Answer.OK) {
                metrics.acknowledged(body.bytes, Duration.ofNanos(System.nanoTime() - begun));
            }
            return answer;
        } catch (RefusedException e) {
            Problem problem = e.problem();
            metrics.refused(problem.slug().word());
            if (problem.slug().passes() || problem.slug().status() == TOO_LARGE) {
                metrics.limited(problem.slug().word());
            }
            throw e;
        }
    }

    @Override
    public void stop() {
        route.stop();
    }

    @Override
    public void crowded(int callers) {
        route.crowded(callers);
    }

    private record Counted(Request request, CountedBody counted) implements Request {
        @Override
        public String segment(String name) {
            return request.segment(name);
        }

        @Override
        public Query query() {
            return request.query();
        }

        @Override
        public Optional<String> header(String name) {
            return request.header(name);
        }

        @Override
        public Optional<String> bearer() {
            return request.bearer();
        }

        @Override
        public InputStream body() {
            return counted;
        }
    }

    /** A body that knows how much of it was read. */
    private static final class CountedBody extends FilterInputStream {
        private long bytes;

        CountedBody(InputStream body) {
            super(body);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            bytes += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            bytes += Math.max(0, read);
            return read;
        }
    }
}
