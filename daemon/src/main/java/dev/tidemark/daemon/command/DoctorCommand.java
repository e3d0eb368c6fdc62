// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.Examination;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: whether this host is fit for a daemon, and what to do where it is not. */
@Command(name = "doctor", description = "Looks whether this host is fit for the daemon; changes nothing.")
final class DoctorCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    DoctorCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        Doctor doctor = new Doctor(tidemark.data().path(), new LocalDisk(), clock.instant(), System.getenv());
        Examination examined = tidemark.configDirectory().examine();
        doctor.configuration(examined);
        doctor.directory();
        doctor.clock();
        doctor.credentials();
        try {
            Config config = tidemark.config();
            doctor.room(config);
            doctor.sinks(config.sinks());
        } catch (ConfigException told) {
            // What is wrong with it is among the checks already.
            console.talk().println("without a configuration room and sinks are not looked at");
        }
        doctor.daemon(reasons());
        List<Checkup> checkups = doctor.checkups();
        boolean ok = checkups.stream().noneMatch(checkup -> checkup.verdict() == Checkup.Verdict.FAIL);
        if (json) {
            console.out().println(toJson(ok, checkups));
        } else {
            checkups.forEach(this::print);
        }
        return ok ? 0 : CommandException.CHECK_FAILED;
    }

    /** Why the daemon is not healthy, if one runs. */
    private Optional<List<String>> reasons() throws IOException {
        try {
            List<String> reasons = new ArrayList<>();
            for (JsonNode reason :
                    DaemonClient.json(tidemark.daemon().read("/v1/status")).path("reasons")) {
                reasons.add(reason.path("code").asText() + ": "
                        + reason.path("message").asText());
            }
            return Optional.of(reasons);
        } catch (CommandException e) {
            return Optional.empty();
        }
    }

    private void print(Checkup checkup) {
        console.out().printf("%-4s  %s: %s%n", checkup.verdict().name(), checkup.name(), checkup.found());
        if (!checkup.fix().isEmpty()) {
            console.out().println("      " + checkup.fix());
        }
    }

    private static ObjectNode toJson(boolean ok, List<Checkup> checkups) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.put("ok", ok);
        ArrayNode checks = all.putArray("checks");
        checkups.forEach(checkup -> checks.addObject()
                .put("name", checkup.name())
                .put("result", checkup.verdict().name().toLowerCase(Locale.ROOT))
                .put("found", checkup.found())
                .put("fix", checkup.fix().isEmpty() ? null : checkup.fix()));
        return all;
    }
}
