// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aFigureIsAnAmountASecond() {
        Score score = new Score();
        score.enter("append", 500, SECOND / 2);
        assertEquals(List.of(1000.0), score.of("append"));
    }

    @Test
    void theMedianIsTheMiddleOrBetweenTheTwoMiddleOnes() {
        assertEquals(3.0, Score.median(List.of(9.0, 1.0, 3.0)));
        assertEquals(2.0, Score.median(List.of(9.0, 1.0, 3.0, 1.0)));
    }

    @Test
    void aRatioIsTakenRoundByRound() {
        Score score = new Score();
        score.enter("raw", 100, SECOND);
        score.enter("append", 80, SECOND);
        score.enter("raw", 10, SECOND);
        score.enter("append", 9, SECOND);
        assertEquals(List.of(0.8, 0.9), score.ratio("append", "raw"));
    }
}
