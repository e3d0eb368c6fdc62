// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.service;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What a service manager hears: datagrams at a unix socket of the kernel. */
@SuppressWarnings("restricted")
final class NotifyListener implements AutoCloseable {
    private static final int BYTES_MAX = 4096;
    private static final int DONT_WAIT = 0x40;

    private final int socket;

    NotifyListener(Path path) throws Throwable {
        socket = (int) function("socket", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)
                .invokeExact(1, 2, 0);
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(110, 2);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
            int bound = (int) function("bind", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT)
                    .invokeExact(socket, address, 2 + name.length);
            if (bound != 0) {
                throw new IllegalStateException("could not bind " + path);
            }
        }
    }

    /** The next message; empty when there is none. */
    String next() throws Throwable {
        MethodHandle receive = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().find("recv").orElseThrow(),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(BYTES_MAX);
            long bytes = (long) receive.invokeExact(socket, message, (long) BYTES_MAX, DONT_WAIT);
            return bytes <= 0
                    ? ""
                    : new String(message.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    private static MethodHandle function(String name, java.lang.foreign.MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().find(name).orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    @Override
    public void close() {
        try {
            int _ = (int) function("close", ValueLayout.JAVA_INT).invokeExact(socket);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
