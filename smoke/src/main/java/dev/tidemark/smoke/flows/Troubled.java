// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What stands between a daemon and the kernel: writes and syncs that fail, and a clock that is moved. Needs a C compiler. */
final class Troubled {
    private static final String SOURCE = "trouble.c";
    private static final int SIZE = 4096;
    private static final int CLOCK_AT = 8;

    private final Path library;
    private final Path control;
    private final Site site;

    /** What fails on the data directory. */
    enum Fault {
        NONE('0'),
        WRITES_FIND_NO_ROOM('n'),
        SYNCS_FAIL('s');

        private final char sign;

        Fault(char sign) {
            this.sign = sign;
        }
    }

    private Troubled(Path library, Path control, Site site) {
        this.library = library;
        this.control = control;
        this.site = site;
    }

    /** Empty where there is no compiler. */
    static Optional<Troubled> compile(Stage stage, Site site) throws IOException {
        Path source = stage.directory().resolve(SOURCE);
        try (InputStream in = Troubled.class.getResourceAsStream(SOURCE)) {
            if (in == null) {
                throw new IOException("no " + SOURCE + " among the classes");
            }
            Files.copy(in, source);
        }
        Path library = stage.directory().resolve("trouble.so");
        if (!Tool.did("gcc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString(), "-ldl")) {
            return Optional.empty();
        }
        Path control = stage.directory().resolve("trouble");
        Files.write(control, new byte[SIZE]);
        Troubled troubled = new Troubled(library, control, site);
        troubled.fail(Fault.NONE);
        return Optional.of(troubled);
    }

    /** What a daemon has to be started through. */
    List<String> through() {
        return List.of("env", "LD_PRELOAD=" + library, "TROUBLE=" + control, "TROUBLE_UNDER=" + site.data() + "/");
    }

    void fail(Fault fault) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(control.toFile(), "rw")) {
            file.write(fault.sign);
        }
    }

    /** The clock of every process that was started through this is so many seconds off. */
    void moveClock(long seconds) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(control.toFile(), "rw")) {
            file.seek(CLOCK_AT);
            file.writeLong(Long.reverseBytes(seconds));
        }
    }
}
