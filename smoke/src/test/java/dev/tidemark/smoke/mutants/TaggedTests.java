// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The child process: runs a module's tests that have one of the tags, and ends at the first failure.
 *
 * <p>Arguments: the directory of test classes, then the tags. The last line of stdout is {@code FAILED <test>} or
 * {@code PASSED <count>}.
 */
public final class TaggedTests {
    static final String FAILED = "FAILED ";
    static final String PASSED = "PASSED ";

    private TaggedTests() {}

    public static void main(String[] arguments) {
        String[] tags = Arrays.copyOfRange(arguments, 1, arguments.length);
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClasspathRoots(Set.of(Path.of(arguments[0]))))
                .filters(
                        ClassNameFilter.includeClassNamePatterns(ClassNameFilter.STANDARD_INCLUDE_PATTERN),
                        TagFilter.includeTags(tags),
                        TagFilter.excludeTags("storm", "slow"))
                .build();
        FirstFailure listener = new FirstFailure();
        LauncherFactory.create().execute(request, listener);
        end(PASSED + listener.passed, 0);
    }

    /** Nothing that a mutant left running may hold the process. */
    private static void end(String line, int exit) {
        System.out.println();
        System.out.println(line);
        System.out.flush();
        Runtime.getRuntime().halt(exit);
    }

    private static final class FirstFailure implements TestExecutionListener {
        private int passed;

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                result.getThrowable().ifPresent(Throwable::printStackTrace);
                end(FAILED + label(test), 1);
            } else if (test.isTest()) {
                passed++;
            }
        }

        private static String label(TestIdentifier test) {
            String owner = test.getParentIdObject()
                    .map(id -> id.getLastSegment().getValue())
                    .orElse("");
            return owner.substring(owner.lastIndexOf('.') + 1) + "." + test.getDisplayName();
        }
    }
}
