// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.ArrayList;
import java.util.List;

/** A {@link Check} in the making: counts what is looked at, and keeps the first {@value #FINDINGS_MAX} findings. */
public final class Inspection {
    static final int FINDINGS_MAX = 100;
    private static final String NOTE = "note: ";

    private final String rule;
    private final String name;
    private final List<String> findings = new ArrayList<>();
    private long examined;
    private long wrong;
    private long left;

    public Inspection(String rule, String name) {
        this.rule = rule;
        this.name = name;
    }

    public void examined(long more) {
        examined += more;
    }

    /** Something is not as it has to be. */
    public void wrong(String what) {
        wrong++;
        add(what);
    }

    /** Something is worth knowing, and as it may be. */
    public void note(String what) {
        add(NOTE + what);
    }

    private void add(String finding) {
        if (findings.size() < FINDINGS_MAX) {
            findings.add(finding);
        } else {
            left++;
        }
    }

    public Check done() {
        List<String> all = new ArrayList<>(findings);
        if (left > 0) {
            all.add(NOTE + left + " more like these");
        }
        return new Check(rule, name, wrong == 0, examined, all);
    }
}
