// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.sinks.ForwardDestination.Tls;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientTlsTest {
    @TempDir
    private Path directory;

    @Test
    void aFileThatIsNotThereIsNamedAsTheSinksFileNamesIt() {
        Path absent = directory.resolve("ca.pem");
        ClientTls tls = new ClientTls(new Tls(absent, null, null));
        IOException failure = assertThrows(IOException.class, tls::changed);
        assertEquals("tls: cannot use {ca: " + absent + "}: there is no such file", failure.getMessage());
    }
}
