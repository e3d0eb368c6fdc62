// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a pass got that is under way.
 *
 * @param since when it began
 * @param rows delivered by it
 * @param bytes delivered by it, as sent or stored
 * @param rowsLeft all that wait, also those that it leaves to a later one
 * @param bytesLeft of these, as Arrow, estimated
 * @param secondsLeft at the speed that it had so far; null while that is not known
 */
public record PassProgress(
        Instant since,
        long rows,
        long bytes,
        long rowsLeft,
        long bytesLeft,
        @Nullable Long secondsLeft) {
    static PassProgress of(Instant since, Instant now, Tally tally, long rowsLeft, long bytesLeft) {
        long rows = tally.rows();
        long millis = Math.max(0, Duration.between(since, now).toMillis());
        Long secondsLeft = rows == 0 || millis == 0 ? null : Math.round((double) rowsLeft * millis / rows / 1000);
        return new PassProgress(since, rows, tally.bytes(), rowsLeft, bytesLeft, secondsLeft);
    }
}
