// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.SinkRun;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/sinks/{n}/run}: the sink delivers what there is, now.
 *
 * <p>A run that outlasts {@code wait} goes on; what it will have done is not known then, and the counts are null.
 */
final class RunSink implements Route {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final Duration WAIT_MAX = Duration.ofHours(1);
    private static final int DONE = 200;

    private final Sinks sinks;
    private final CompletableFuture<@Nullable Void> stopping = new CompletableFuture<>();
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();

    /** Somebody who waits for the end of a run. */
    private record Waiting(String sink, CompletableFuture<Answer> answer) {}

    RunSink(Sinks sinks) {
        this.sinks = sinks;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/run";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        String name = request.segment("n");
        request.query().allow("wait");
        Duration wait = request.query().duration("wait", WAIT, WAIT_MAX);
        if (!sinks.names().contains(name)) {
            throw Problem.of(Slug.UNKNOWN_SINK, "no loaded file in sinks.d has this name")
                    .refused();
        }
        if (sinks.isPaused(name)) {
            throw Problem.of(Slug.SINK_PAUSED, name + " is paused")
                    .hinting("tidemark sink resume " + name)
                    .refused();
        }
        CompletableFuture<Answer> answer = stopping.thenApply(nothing -> goesOn(name));
        Thread.ofVirtual().name("run-" + name).start(() -> run(name, answer));
        Waiting caller = new Waiting(name, answer);
        waiting.add(caller);
        try {
            return answer.get(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return goesOn(name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while sink " + name + " ran");
        } catch (ExecutionException e) {
            throw new IOException("sink " + name + " failed to run", e.getCause());
        } finally {
            waiting.remove(caller);
        }
    }

    @Override
    public void stop() {
        stopping.complete(null);
    }

    /** Those who have waited longest are told that the run goes on, and make place. */
    @Override
    public void crowded(int callers) {
        for (int each = 0; each < callers; each++) {
            Waiting first = waiting.poll();
            if (first == null) {
                return;
            }
            first.answer.complete(goesOn(first.sink));
        }
    }

    private void run(String name, CompletableFuture<Answer> answer) {
        try {
            answer.complete(told(DONE, sinks.run(name)));
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
        }
    }

    private Answer goesOn(String name) {
        return told(
                Answer.ACCEPTED,
                sinks.soFar(name).orElseGet(() -> new SinkRun(name, "paused", 0, 0, 0, 0, null, null)));
    }

    private static Answer told(int status, SinkRun run) {
        return Answer.json(status, json -> {
            json.writeStartObject();
            json.writeStringField("sink", run.sink());
            json.writeStringField("state", run.state());
            json.writeNumberField("units", run.units());
            json.writeNumberField("delivered_rows", run.deliveredRows());
            json.writeNumberField("delivered_bytes", run.deliveredBytes());
            json.writeNumberField("dead_letters", run.deadLetters());
            json.writeFieldName("error");
            if (run.errorKind() == null) {
                json.writeNull();
            } else {
                json.writeStartObject();
                json.writeStringField("kind", run.errorKind());
                json.writeStringField("message", run.errorMessage());
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }
}
