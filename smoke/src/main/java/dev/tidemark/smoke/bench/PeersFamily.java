// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Durable appends of the workload beside other programs that sync before they answer, each in a process of its own.
 *
 * <p>Who goes first changes from round to round. A round in which others had more than {@link #OTHERS_MAX} processors is
 * thrown away and played again, {@link #THROWN_MAX} of them at most; after that it counts, and {@code others} shows it.
 *
 * <p>The programs come with the Maven profile {@code peers} and are no dependency of anything else.
 */
final class PeersFamily implements Family {
    static final String NAME = "peers";
    private static final String TIDEMARK = "tidemark";
    private static final List<String> LIMITS = List.of("-Xmx512m", "-XX:+UseSerialGC");
    private static final double OTHERS_MAX = 0.2;
    private static final int THROWN_MAX = 5;
    private static final double NANOS = 1e9;
    private static final double MILLION = 1e6;
    private static final int PRODUCERS = 64;
    /** Of one row each, so that a round does not consist of them alone. */
    private static final int SINGLES_PART = 8;

    private final List<Contest> contests = new ArrayList<>();
    private String classPath = "";
    private int round;
    private int thrown;

    /** One shape, and who takes part: what {@code tidemark} stands beside, and at most how much of it that may be. */
    private record Contest(String name, PeerShape shape, List<Entrant> entrants) {
        String measure(String entrant) {
            return name + "-" + entrant;
        }
    }

    private record Entrant(String name, String main, double bar, String what) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "durable appends of logs-v1 in child processes (" + String.join(" ", LIMITS)
                + "), beside Flume's file channel and Artemis's journal, fdatasync each";
    }

    @Override
    public List<Measure> measures() {
        List<Measure> measures = new ArrayList<>();
        for (Contest contest : contests) {
            String ours = contest.measure(TIDEMARK);
            for (Entrant entrant : contest.entrants()) {
                String name = contest.measure(entrant.name());
                measures.add(
                        entrant.name().equals(TIDEMARK)
                                ? Measure.alone(ours, "rows/s", entrant.what())
                                : Measure.within(ours, entrant.bar(), name, "rows/s", entrant.what()));
                measures.add(Measure.alone(name + "-cpu", "s", "processor time for a million of these rows"));
            }
        }
        measures.add(Measure.alone("others", "cores", "kept busy by others while a round was played"));
        measures.add(Measure.alone("thrown", "rounds", "thrown away so far, of at most " + THROWN_MAX));
        return measures;
    }

    @Override
    public void prepare(int wanted) throws IOException {
        Path home = Path.of(System.getProperty("tidemark.root"), "smoke", "target", "peers");
        Path list = home.resolve("classpath");
        BrokenPromise.unless(
                Files.exists(list), "there is no %s; build it: mvn -Ppeers -pl smoke -am -DskipTests package", list);
        classPath = home.resolve("classes") + ":" + Files.readString(list).strip();
        String row = "one record a row, one transaction an append";
        String block = "one record an append, the Arrow bytes that Tidemark is given";
        contests.add(new Contest(
                "1000",
                new PeerShape(1, 1000, wanted / 1000),
                List.of(
                        tidemark("1,000 rows an append, one thread"),
                        new Entrant("flume", "FlumePeer", 0.2, row),
                        new Entrant("artemis", "ArtemisPeer", 1, row),
                        new Entrant("flume-block", "FlumeBlockPeer", 1, block),
                        new Entrant("artemis-block", "ArtemisBlockPeer", 1, block))));
        contests.add(new Contest(
                "100",
                new PeerShape(1, 100, wanted / 100),
                List.of(
                        tidemark("100 rows an append, one thread"),
                        new Entrant("flume", "FlumePeer", 0.2, row),
                        new Entrant("artemis", "ArtemisPeer", 1, row))));
        contests.add(new Contest(
                "64x1",
                new PeerShape(PRODUCERS, 1, Math.ceilDiv(wanted, PRODUCERS * SINGLES_PART)),
                List.of(
                        tidemark("one row an append, " + PRODUCERS + " threads"),
                        new Entrant("flume", "FlumePeer", 0.2, row),
                        new Entrant("artemis", "ArtemisPeer", 0.5, row))));
    }

    private static Entrant tidemark(String what) {
        return new Entrant(TIDEMARK, "TidemarkPeer", 1, what);
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        boolean warming = round == 0;
        while (true) {
            Score played = new Score();
            Neighbours neighbours = Neighbours.watch();
            play(directory, played);
            double others = neighbours.cores();
            if (warming || others <= OTHERS_MAX || thrown == THROWN_MAX) {
                score.take(played);
                score.note("others", others);
                score.note("thrown", thrown);
                return;
            }
            thrown++;
            System.err.printf(
                    Locale.ROOT,
                    "  a round is thrown away (%d of at most %d): others had %.2f cores of the machine%n",
                    thrown,
                    THROWN_MAX,
                    others);
        }
    }

    private void play(Path directory, Score score) throws IOException {
        round++;
        for (Contest contest : contests) {
            List<Entrant> order = new ArrayList<>(contest.entrants());
            Collections.rotate(order, round);
            for (Entrant entrant : order) {
                String name = contest.measure(entrant.name());
                PeerRun.Took took = run(directory.resolve(name), contest.shape(), entrant);
                score.enter(name, (double) contest.shape().rows(), took.nanos());
                score.note(
                        name + "-cpu",
                        took.cpuNanos() / NANOS * MILLION / contest.shape().rows());
            }
        }
    }

    /** The child's directory goes at once: what it wrote would be written out during the next one's time. */
    private PeerRun.Took run(Path directory, PeerShape shape, Entrant entrant) throws IOException {
        String main = PeersFamily.class.getPackageName() + "." + entrant.main();
        String path = entrant.name().equals(TIDEMARK) ? System.getProperty("java.class.path") : classPath;
        try (ScratchDirectory scratch = new ScratchDirectory(Files.createDirectory(directory))) {
            return PeerRun.Took.parse(ChildProcess.said(
                    LIMITS, path, main, shape.arguments(scratch.path().toString())));
        }
    }

    @Override
    public void close() {
        // Each child has closed what it opened.
    }
}
