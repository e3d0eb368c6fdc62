// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.sinks.forward.DialectMemory;
import java.io.IOException;
import java.util.Optional;

/** Keeps what an endpoint understands in the register. */
record RegisteredDialect(String sink, SinkRegister register) implements DialectMemory {
    @Override
    public Optional<Dialect> known() {
        return register.registration(sink).map(Registration::dialect).map(Dialect::parse);
    }

    @Override
    public void keep(Dialect dialect) throws IOException {
        Registration registration = register.registration(sink).orElseThrow();
        if (!dialect.word().equals(registration.dialect())) {
            register.put(registration.speaking(dialect));
        }
    }
}
