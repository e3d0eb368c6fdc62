// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Verifies every cache that a test of this module leaves behind, on a disk or in a temporary directory among its fields; a test
 * that leaves damage on purpose says so with {@link LeavesDamage}. Found by JUnit itself.
 */
public final class VerifyAtEnd implements AfterEachCallback {
    private static final String MODULE = "dev.tidemark.cache";
    private static final Path ROOT = Path.of("/");
    private static final int DEPTH_MAX = 3;

    @Override
    public void afterEach(ExtensionContext test) throws Exception {
        Class<?> tests = test.getRequiredTestClass();
        if (test.getExecutionException().isPresent()
                || !tests.getName().startsWith(MODULE)
                || AnnotationSupport.isAnnotated(tests, LeavesDamage.class)
                || AnnotationSupport.isAnnotated(test.getElement(), LeavesDamage.class)) {
            return;
        }
        for (Field field : ReflectionSupport.findFields(tests, each -> true, HierarchyTraversalMode.TOP_DOWN)) {
            if (Disk.class.isAssignableFrom(field.getType()) || field.isAnnotationPresent(TempDir.class)) {
                field.setAccessible(true);
                Object value = field.get(test.getRequiredTestInstance());
                if (value instanceof FaultyDisk disk) {
                    verifyAll(disk.afterKill(), ROOT);
                } else if (value instanceof Path directory) {
                    verifyAll(new LocalDisk(), directory);
                }
            }
        }
    }

    private static void verifyAll(Disk disk, Path directory) throws IOException {
        for (Path cache : caches(disk, directory, DEPTH_MAX)) {
            verify(disk, cache);
        }
    }

    private static List<Path> caches(Disk disk, Path directory, int depth) throws IOException {
        if (disk.exists(directory.resolve("backup"))) {
            return List.of();
        }
        if (disk.exists(directory.resolve("identity"))) {
            return List.of(directory);
        }
        List<Path> found = new ArrayList<>();
        if (depth > 0) {
            for (Path each : disk.list(directory)) {
                found.addAll(caches(disk, each, depth - 1));
            }
        }
        return found;
    }

    private static void verify(Disk disk, Path cache) throws IOException {
        Verification found = Cache.verify(cache, new DurableFiles(disk), InstantSource.system());
        List<String> wrong = found.checks().stream()
                .filter(check -> !check.ok())
                .map(Check::toString)
                .toList();
        if (!wrong.isEmpty()) {
            throw new AssertionError("the test leaves " + cache + " behind, in which " + String.join("\n", wrong));
        }
    }
}
