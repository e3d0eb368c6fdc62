// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Objects in a directory.
 *
 * @param directory the root, created when it is missing
 * @param prefix the folder of this sink's objects below it; may hold {@code {host}} and {@code {name}}, and be empty
 * @param limits when an object is big or old enough
 * @param rate bytes a second; 0: as fast as it goes
 * @param call how long the writing of one object may take
 */
public record DirectoryDestination(
        Path directory, String prefix, ObjectFormat format, ObjectLimits limits, long rate, Duration call)
        implements Destination {
    private static final Pattern SEGMENT = Pattern.compile("(?!\\.{1,2}$)[^/\\\\\\p{Cntrl}]+");

    /** One with the usual time, as fast as it goes. */
    public DirectoryDestination(Path directory, String prefix, ObjectFormat format, ObjectLimits limits) {
        this(directory, prefix, format, limits, 0, S3Destination.Timeouts.DEFAULT.call());
    }

    /** Plain lines of JSON. */
    public DirectoryDestination(Path directory, String prefix, ObjectLimits limits) {
        this(directory, prefix, new ObjectFormat(ObjectFormat.Kind.JSONL, "none", Hidden.LEFT_OUT), limits);
    }

    public DirectoryDestination {
        directory = directory.toAbsolutePath().normalize();
        checkPrefix(prefix);
    }

    static void checkPrefix(String prefix) {
        if (!prefix.isEmpty()) {
            for (String segment : prefix.split("/", -1)) {
                if (!SEGMENT.matcher(segment).matches()) {
                    throw new IllegalArgumentException(
                            "prefix: \"" + prefix + "\" is not a relative path of plain names");
                }
            }
        }
    }
}
