// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.InstantSource;

/** A sink as the register has it and its journal left it, whatever its file says today: nobody delivers for it. */
record RegisteredSink(Registration registration) implements Backlog.Taker {
    @Override
    public String name() {
        return registration.sink();
    }

    @Override
    public boolean takes(String dataset) {
        return registration.took(dataset);
    }

    @Override
    public Start start() {
        return new Start.Earliest();
    }

    /** How it stands with the rows that are there; since when rows wait is not known. */
    SinkState state(Ledger ledger, RowSource rows, SinkRegister register, InstantSource clock) {
        Sink.Grain grain = registration.type().equals("iceberg") ? Sink.Grain.DATASET : Sink.Grain.PARTITION;
        Backlog backlog = new Backlog(this, grain, rows, ledger, register);
        SinkError halt = ledger.halt().orElse(null);
        String state = halt != null ? "halted" : ledger.isPaused() ? "paused" : "idle";
        Trouble trouble = halt == null ? null : new Trouble(state, halt.at());
        return new Accounts(ledger, backlog, intent -> 0, clock)
                .state(registration.sink(), registration.type(), registration.dialect(), state, halt, trouble, null);
    }
}
