// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the connections on which nobody asks for anything, and lets in who begins to, as many as there is room for (I13).
 *
 * <p>One thread accepts and watches. A connection at rest has no thread and no buffer; from the first byte of a request
 * to the end of its answer it has both, in a thread of its own. When as many are served as the heap has room for, the
 * next waits at the door, and the one that has kept its server waiting longest ends. When as many are open as there may
 * be, the one that has rested longest ends; when none rests, the one that came last.
 */
final class Lobby implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lobby.class);
    private static final int BACKLOG = 1024;
    private static final Duration STOP_GRACE = Duration.ofSeconds(2);

    /** So long may one that is served keep silent though others wait for its place. */
    private static final long QUIET_MAX_NANOS = Duration.ofSeconds(5).toNanos();

    /** How often the silent ones are looked at while others wait. */
    private static final long CROWDED_MILLIS = 100;

    /** How long nobody is accepted when the host has no more files to open. */
    private static final long STARVED_MILLIS = 1000;

    /** Serves the connections of one listener. */
    interface Service {
        /** Serves what is asked for in blocking mode; false when the connection is over, and may not rest. */
        boolean serve(SocketChannel channel, Patience patience);

        /** How many places a connection takes while it is served. */
        int places();
    }

    /**
     * How many connections there may be.
     *
     * @param open at rest or served
     * @param places of those that are served
     */
    record Room(int open, int places) {}

    private record Guest(SocketChannel channel, Service service, Patience patience) {}

    private final Room room;
    private final LongSupplier nanos;
    private final IntConsumer crowded;
    private final Selector selector;
    private final List<ServerSocketChannel> doors = new ArrayList<>();
    private final Set<Guest> resting = ConcurrentHashMap.newKeySet();
    private final Map<Guest, Thread> served = new ConcurrentHashMap<>();
    private final Queue<Guest> back = new ConcurrentLinkedQueue<>();
    private final Thread watch = Thread.ofPlatform().name("lobby").unstarted(this::watch);
    private volatile boolean stopping;

    // What only the watching thread touches.
    private final Deque<Guest> calling = new ArrayDeque<>();
    private int taken;
    private long told;
    private boolean starved;
    private boolean toldOfStarving;

    /**
     * Prepares to let in.
     *
     * @param crowded is told now and then how many find no place
     */
    Lobby(Room room, LongSupplier nanos, IntConsumer crowded) throws IOException {
        this.room = room;
        this.nanos = nanos;
        this.crowded = crowded;
        this.told = nanos.getAsLong();
        this.selector = Selector.open();
    }

    /** Listens; before {@link #start}. Gives the address with the port that was free. */
    SocketAddress listen(SocketAddress address, Service service) throws IOException {
        ServerSocketChannel door = ServerSocketChannel.open(family(address));
        doors.add(door);
        if (!(address instanceof UnixDomainSocketAddress)) {
            door.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        door.bind(address, BACKLOG);
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT, service);
        return door.getLocalAddress();
    }

    /** That of the address: 0.0.0.0 is every address of IPv4 and none of IPv6. */
    private static ProtocolFamily family(SocketAddress address) {
        return switch (address) {
            case UnixDomainSocketAddress _ -> StandardProtocolFamily.UNIX;
            case InetSocketAddress tcp when tcp.getAddress() instanceof Inet4Address -> StandardProtocolFamily.INET;
            default -> StandardProtocolFamily.INET6;
        };
    }

    void start() {
        watch.start();
    }

    /** Ends whoever has taken too long. */
    void look() {
        resting.removeIf(guest -> guest.patience().endIfLate());
        served.keySet().forEach(guest -> guest.patience().endIfLate());
        // A channel that was watched is let go of by the thread that watches.
        selector.wakeup();
    }

    private void watch() {
        try {
            while (!stopping) {
                selector.select(starved ? STARVED_MILLIS : calling.isEmpty() ? 0 : CROWDED_MILLIS);
                takeBack();
                openDoors();
                for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    attend(key);
                }
                serveWhoCalls();
            }
        } catch (IOException | ClosedSelectorException e) {
            if (!stopping) {
                throw new IllegalStateException("nobody can be let in any more", e);
            }
        }
    }

    private void attend(SelectionKey key) throws IOException {
        if (!key.isValid()) {
            return;
        }
        if (key.channel() instanceof ServerSocketChannel door && key.attachment() instanceof Service service) {
            accept(door, service);
        } else if (key.attachment() instanceof Guest guest) {
            key.cancel();
            resting.remove(guest);
            calling.add(guest);
        }
    }

    private void accept(ServerSocketChannel door, Service service) throws IOException {
        for (int accepted = 0; accepted < BACKLOG; accepted++) {
            SocketChannel channel;
            try {
                channel = door.accept();
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                // No more files may be opened: whoever rests longest gives one up, and the next look tries again.
                if (!toldOfStarving) {
                    LOG.warn("nobody is let in for a moment, raise the limit of open files: {}", e.toString());
                }
                toldOfStarving = true;
                starved = true;
                makeRoom();
                interest(0);
                return;
            }
            if (channel == null) {
                toldOfStarving = false;
                return;
            }
            if (resting.size() + calling.size() + served.size() >= room.open() && !makeRoom()) {
                // All of them ask for something: whoever comes last goes.
                Patience.close(channel);
                continue;
            }
            try {
                if (!(channel.getLocalAddress() instanceof UnixDomainSocketAddress)) {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                channel.configureBlocking(false);
            } catch (IOException e) {
                Patience.close(channel);
                continue;
            }
            rest(new Guest(channel, service, new Patience(channel, nanos)));
        }
    }

    private void openDoors() {
        if (starved) {
            starved = false;
            interest(SelectionKey.OP_ACCEPT);
        }
    }

    private void interest(int operations) {
        doors.forEach(door -> door.keyFor(selector).interestOps(operations));
    }

    /** The one that has waited longest for a request makes place; false when nobody rests. */
    private boolean makeRoom() {
        Optional<Guest> longest = resting.stream()
                .max(Comparator.comparingLong(guest -> guest.patience().quietNanos()));
        longest.ifPresent(guest -> {
            guest.patience().end();
            resting.remove(guest);
        });
        return longest.isPresent();
    }

    private void rest(Guest guest) {
        resting.add(guest);
        try {
            guest.channel().register(selector, SelectionKey.OP_READ, guest);
        } catch (ClosedChannelException e) {
            resting.remove(guest);
        }
    }

    private void takeBack() {
        for (Guest guest = back.poll(); guest != null; guest = back.poll()) {
            taken -= guest.service().places();
            if (guest.channel().isOpen()) {
                try {
                    guest.channel().configureBlocking(false);
                    rest(guest);
                } catch (IOException e) {
                    Patience.close(guest.channel());
                }
            }
        }
    }

    private void serveWhoCalls() {
        while (!calling.isEmpty()) {
            Guest guest = calling.getFirst();
            if (taken > 0 && taken + guest.service().places() > room.places()) {
                endTheQuietest();
                tellOfCrowd();
                return;
            }
            calling.removeFirst();
            serve(guest);
        }
    }

    /** Not at once again: whoever is sent away may be here again at once. */
    private void tellOfCrowd() {
        long now = nanos.getAsLong();
        if (now - told >= TimeUnit.MILLISECONDS.toNanos(CROWDED_MILLIS)) {
            told = now;
            crowded.accept(calling.size());
        }
    }

    private void endTheQuietest() {
        served.entrySet().stream()
                // A thread that runs has heard something, or is the one that is slow.
                .filter(each -> each.getValue().getState() == Thread.State.WAITING)
                .map(each -> each.getKey().patience())
                .filter(patience -> patience.quietNanos() >= QUIET_MAX_NANOS)
                .sorted(Comparator.comparingLong(Patience::quietNanos).reversed())
                .limit(calling.size())
                .forEach(Patience::end);
    }

    private void serve(Guest guest) {
        try {
            guest.channel().configureBlocking(true);
        } catch (IOException e) {
            Patience.close(guest.channel());
            return;
        }
        taken += guest.service().places();
        // Nobody is at fault for having waited at the door.
        guest.patience().awaitRequest();
        Thread thread = Thread.ofVirtual().name("connection").unstarted(() -> {
            boolean rests = false;
            try {
                rests = guest.service().serve(guest.channel(), guest.patience());
            } finally {
                if (!rests || stopping) {
                    Patience.close(guest.channel());
                }
                served.remove(guest);
                back.add(guest);
                selector.wakeup();
            }
        });
        served.put(guest, thread);
        thread.start();
    }

    /** Lets nobody in any more, and gives those who are served a moment. */
    @Override
    public void close() throws IOException {
        stopping = true;
        selector.wakeup();
        await(List.of(watch));
        for (ServerSocketChannel door : doors) {
            door.close();
        }
        if (!watch.isAlive()) {
            // Nobody moves from one to another any more.
            Stream.of(resting, calling, back)
                    .flatMap(Collection::stream)
                    .forEach(guest -> Patience.close(guest.channel()));
        }
        served.keySet().stream()
                .map(Guest::patience)
                .filter(Patience::isBetweenRequests)
                .forEach(Patience::end);
        await(served.values());
        served.values().forEach(Thread::interrupt);
        await(served.values());
        selector.close();
    }

    /** Waits a little for threads to end. */
    private static void await(Collection<Thread> threads) {
        long until = System.nanoTime() + STOP_GRACE.toNanos();
        try {
            for (Thread thread : threads) {
                if (thread.isAlive() && !thread.join(Duration.ofNanos(Math.max(0, until - System.nanoTime())))) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            // Whoever stops goes on stopping, without waiting.
            Thread.currentThread().interrupt();
        }
    }
}
