// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

/**
 * One thing that the doctor looked at.
 *
 * @param fix what to change or run; empty when all is well
 */
record Checkup(String name, Verdict verdict, String found, String fix) {
    enum Verdict {
        OK,
        WARN,
        FAIL
    }

    static Checkup ok(String name, String found) {
        return new Checkup(name, Verdict.OK, found, "");
    }

    static Checkup warn(String name, String found, String fix) {
        return new Checkup(name, Verdict.WARN, found, fix);
    }

    static Checkup fail(String name, String found, String fix) {
        return new Checkup(name, Verdict.FAIL, found, fix);
    }
}
