// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.service;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * Sends datagrams to a unix socket, which Java's own channels cannot.
 *
 * <p>The numbers are Linux's, where there is such a socket. A message has a socket of its own, so that a manager that was
 * started anew hears the next one.
 */
final class NotifySocket {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int FAMILY_BYTES = 2;
    private static final int PATH_BYTES_MAX = 107;

    private final byte[] address;

    /** A path, or {@code @} and the name of a socket that has no file. */
    NotifySocket(String address) {
        byte[] path = address.getBytes(StandardCharsets.UTF_8);
        if (path[0] == '@') {
            path[0] = 0;
        }
        this.address = path;
    }

    /** A message did not go out; nothing depends on it. */
    static final class UnheardException extends Exception {
        private static final long serialVersionUID = 1L;

        UnheardException(String message) {
            super(message);
        }
    }

    void send(String text) throws UnheardException {
        if (address.length > PATH_BYTES_MAX) {
            throw new UnheardException("the path in NOTIFY_SOCKET is too long");
        }
        try (Arena arena = Arena.ofConfined()) {
            int socket = (int) LibC.SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
            if (socket < 0) {
                throw new UnheardException("there is no socket to be had");
            }
            try {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                MemorySegment message = arena.allocate(bytes.length);
                message.copyFrom(MemorySegment.ofArray(bytes));
                MemorySegment name = arena.allocate(FAMILY_BYTES + PATH_BYTES_MAX + 1L, 2);
                name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
                MemorySegment.copy(address, 0, name, ValueLayout.JAVA_BYTE, FAMILY_BYTES, address.length);
                long sent = (long) LibC.SENDTO.invokeExact(
                        socket, message, (long) bytes.length, MSG_NOSIGNAL, name, FAMILY_BYTES + address.length);
                if (sent != bytes.length) {
                    throw new UnheardException("nobody listens at NOTIFY_SOCKET");
                }
            } finally {
                int _ = (int) LibC.CLOSE.invokeExact(socket);
            }
        } catch (UnheardException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a function of C throws nothing", e);
        }
    }

    /** Looked up only by who has something to say. */
    private static final class LibC {
        static final MethodHandle SOCKET = function(
                "socket",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        static final MethodHandle SENDTO = function(
                "sendto",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT));
        static final MethodHandle CLOSE =
                function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

        private LibC() {}

        @SuppressWarnings("restricted") // The launcher allows it; elsewhere Java warns once.
        private static MethodHandle function(String name, FunctionDescriptor shape) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().find(name).orElseThrow(() -> new IllegalStateException("no " + name)),
                    shape);
        }
    }
}
