// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.daemon.config.ConfigSource.Loaded;
import dev.tidemark.daemon.config.Outline;
import dev.tidemark.daemon.config.ShownSetting;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code config show}: every key that something says, and where; with {@code --effective} the defaults too. */
@Command(name = "show", description = "Shows what the files and the environment say, and where; secrets as ***.")
final class ConfigShowCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--effective", description = "with the defaults of what nothing says")
    private boolean effective;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    ConfigShowCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Loaded loaded = tidemark.configSource().load();
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        PrintWriter out = console.out();
        List<ShownSetting> main = new ArrayList<>(tidemark.places());
        main.addAll(shown(loaded.outlines().main()));
        print("tidemark.yaml", main, all.putObject("tidemark"), out);
        ObjectNode sinks = all.putObject("sinks");
        for (Map.Entry<String, Outline> sink : loaded.outlines().sinks().entrySet()) {
            print("sinks.d/" + sink.getKey() + ".yaml", shown(sink.getValue()), sinks.putObject(sink.getKey()), out);
        }
        if (json) {
            out.println(all);
        }
        loaded.config().faults().forEach(console.talk()::println);
        return loaded.config().faults().isEmpty() ? 0 : CommandException.CONFIGURATION;
    }

    private List<ShownSetting> shown(Outline outline) {
        return outline.shown().stream()
                .filter(setting -> effective || !setting.source().equals("default"))
                .toList();
    }

    private void print(String file, List<ShownSetting> settings, ObjectNode node, PrintWriter out) {
        if (!json) {
            out.println("# " + file);
        }
        for (ShownSetting setting : settings) {
            node.putObject(setting.key()).put("value", setting.value()).put("source", setting.source());
            if (!json) {
                out.printf(
                        "%s: %s  # %s%n",
                        setting.key(), setting.value() == null ? "null" : setting.value(), setting.source());
            }
        }
    }
}
