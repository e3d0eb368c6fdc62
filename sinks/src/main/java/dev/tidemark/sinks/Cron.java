// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.BitSet;

/**
 * When something is to happen, in the five fields of cron: minute, hour, day of the month, month and day of the week, in
 * UTC. A field is {@code *}, numbers, ranges and steps: {@code 0,30}, {@code 9-17}, {@code *}{@code /5}. Sunday is 0 or
 * 7. With both days restricted, either is enough.
 */
public final class Cron {
    /** The 29th of February may be eight years away. */
    private static final int DAYS_AHEAD_MAX = 8 * 366;

    private static final int MINUTES = 60;
    private static final int HOURS = 24;

    private final String text;
    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet days;
    private final BitSet months;
    private final BitSet weekdays;
    private final boolean eitherDay;

    private Cron(String text, String[] fields) {
        this.text = text;
        this.minutes = field(fields[0], 0, MINUTES - 1);
        this.hours = field(fields[1], 0, HOURS - 1);
        this.days = field(fields[2], 1, 31);
        this.months = field(fields[3], 1, 12);
        this.weekdays = field(fields[4], 0, 7);
        if (weekdays.get(7)) {
            weekdays.set(0);
        }
        this.eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    }

    /**
     * Reads the five fields.
     *
     * @throws IllegalArgumentException when it is no such text, or never happens
     */
    public static Cron parse(String text) {
        String[] fields = text.strip().split("\\s+", -1);
        if (fields.length != 5) {
            throw bad(text);
        }
        Cron cron = new Cron(text, fields);
        cron.after(Instant.EPOCH);
        return cron;
    }

    private static BitSet field(String text, int least, int most) {
        BitSet set = new BitSet();
        for (String part : text.split(",", -1)) {
            String[] step = part.split("/", -1);
            String[] range = step[0].equals("*")
                    ? new String[] {Integer.toString(least), Integer.toString(most)}
                    : step[0].split("-", -1);
            if (step.length > 2 || range.length > 2) {
                throw bad(part);
            }
            int from = number(range[0], least, most);
            int to = range.length == 2 ? number(range[1], from, most) : step.length == 2 ? most : from;
            int by = step.length == 2 ? number(step[1], 1, most) : 1;
            for (int value = from; value <= to; value += by) {
                set.set(value);
            }
        }
        return set;
    }

    private static int number(String text, int least, int most) {
        if (!text.matches("\\d{1,2}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw bad(text);
        }
        return Integer.parseInt(text);
    }

    private static IllegalArgumentException bad(String text) {
        return new IllegalArgumentException("\"" + text
                + "\" is not of the form: minute hour day-of-month month day-of-week, such as \"*/5 * * * *\"");
    }

    /** The first time after another one. */
    public Instant after(Instant time) {
        ZonedDateTime from = time.atZone(ZoneOffset.UTC);
        LocalDate day = from.toLocalDate();
        int minute = from.getHour() * MINUTES + from.getMinute() + 1;
        for (int ahead = 0; ahead < DAYS_AHEAD_MAX; ahead++) {
            if (isOn(day)) {
                for (; minute < HOURS * MINUTES; minute++) {
                    if (hours.get(minute / MINUTES) && minutes.get(minute % MINUTES)) {
                        return day.atTime(LocalTime.of(minute / MINUTES, minute % MINUTES))
                                .toInstant(ZoneOffset.UTC);
                    }
                }
            }
            day = day.plusDays(1);
            minute = 0;
        }
        throw new IllegalArgumentException("\"" + text + "\" never comes");
    }

    private boolean isOn(LocalDate day) {
        boolean inMonth = days.get(day.getDayOfMonth());
        boolean inWeek = weekdays.get(
                day.getDayOfWeek() == DayOfWeek.SUNDAY ? 0 : day.getDayOfWeek().getValue());
        return months.get(day.getMonthValue()) && (eitherDay ? inMonth || inWeek : inMonth && inWeek);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cron cron && cron.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
