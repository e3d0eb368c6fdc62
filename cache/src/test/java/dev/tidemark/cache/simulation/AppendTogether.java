// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.testing.Faults;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Several producers at once: while the first one's rows are being written the others queue up, and share a sync.
 *
 * @param twice whether the last one sends again, within the same group, what the one before it sent
 */
record AppendTogether(List<Append> appends, boolean twice) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        List<Post> posts = new ArrayList<>();
        Sent newest = null;
        for (Append append : appends) {
            newest = append.fresh(scene);
            posts.add(new Post(scene, newest));
        }
        if (twice && newest != null && newest.key() != 0) {
            posts.add(new Post(scene, newest));
        }
        IOException unknown = null;
        List<FutureTask<AppendOutcome>> answers = askTogether(scene, posts);
        for (int i = 0; i < posts.size(); i++) {
            try {
                posts.get(i).begin(); // What was refused for want of room may have found some a moment later.
                posts.get(i).take(answer(answers.get(i)));
            } catch (IOException e) {
                unknown = e;
            }
        }
        if (unknown != null) {
            throw unknown;
        }
    }

    private static List<FutureTask<AppendOutcome>> askTogether(Scene scene, List<Post> posts) throws IOException {
        Gate gate = new Gate();
        List<FutureTask<AppendOutcome>> answers = new ArrayList<>();
        scene.disk().observe(gate);
        try {
            for (Post post : posts) {
                FutureTask<AppendOutcome> answer = new FutureTask<>(gate.whose(post::ask));
                Thread.startVirtualThread(answer);
                if (answers.isEmpty()) {
                    gate.awaitFirst();
                } else {
                    awaitQueued(scene.store(), answers.size(), answer);
                }
                answers.add(answer);
            }
        } finally {
            gate.open();
            for (FutureTask<AppendOutcome> answer : answers) {
                awaitDone(answer);
            }
            scene.disk().observe(call -> {});
        }
        return answers;
    }

    private static void awaitQueued(Store store, int waiting, FutureTask<AppendOutcome> answer) {
        while (!answer.isDone() && store.waiting() < waiting) {
            LockSupport.parkNanos(1);
        }
    }

    private static void awaitDone(FutureTask<AppendOutcome> answer) throws IOException {
        try {
            answer.get();
        } catch (ExecutionException e) {
            return; // Whoever takes the answer says so.
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private static AppendOutcome answer(FutureTask<AppendOutcome> answer) throws IOException {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException unknown) {
                throw unknown;
            }
            throw new AssertionError("an append failed in an unexpected way", e.getCause());
        }
    }

    /** Holds the spool's first disk operation until everybody has queued up; nobody when there is none. */
    private static final class Gate implements Consumer<Faults.Call> {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);
        private @Nullable Thread writer;

        @Override
        public void accept(Faults.Call call) {
            if (writer == null) {
                writer = Thread.currentThread();
                begun.countDown();
                try {
                    opened.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        Callable<AppendOutcome> whose(Callable<AppendOutcome> append) {
            return () -> {
                try {
                    return append.call();
                } finally {
                    begun.countDown();
                    opened.countDown(); // An append that touched no disk has nobody to wait for.
                }
            };
        }

        void awaitFirst() throws IOException {
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }

        void open() {
            opened.countDown();
        }
    }
}
