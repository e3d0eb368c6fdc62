// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Every key that one file can have, in the order in which it was asked for: what it came to, and where that stands.
 *
 * <p>It grows while a file is bound. Used by one thread until then.
 */
public final class Outline {
    private final String file;
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    Outline(String file) {
        this.file = file;
    }

    /**
     * One key.
     *
     * @param key with its sections, such as {@code listen.http}
     * @param value what it came to; null: nothing
     * @param said the text that says so, which may be a secret; null: nothing was said, and this is the default
     * @param mark where it stands; null where it does not stand in the file
     * @param from what says it in place of the file, such as {@code flag --http}, or where its text stands
     */
    record Setting(
            String key,
            @Nullable Object value,
            @Nullable String said,
            @Nullable Mark mark,
            @Nullable String from) {}

    void tell(Setting setting) {
        settings.put(setting.key(), setting);
    }

    /** A flag or the environment says something else than the file. */
    public void override(String key, Object value, String from) {
        settings.put(key, new Setting(key, value, value.toString(), null, from));
    }

    String file() {
        return file;
    }

    List<Setting> settings() {
        return List.copyOf(settings.values());
    }

    /** Where a key stands, or the nearest of its sections that does; else the beginning of the file. */
    private Mark markOf(String key) {
        for (String near = key; !near.isEmpty(); near = parent(near)) {
            Setting setting = settings.get(near);
            if (setting != null && setting.mark() != null) {
                return setting.mark();
            }
        }
        return settings.values().stream()
                .filter(setting -> setting.mark() != null && setting.key().startsWith(key + "."))
                .map(Setting::mark)
                .findFirst()
                .orElse(Mark.START);
    }

    /** Every key as it is shown to a person. */
    public List<ShownSetting> shown() {
        return settings.values().stream()
                .map(setting -> ShownSetting.of(setting, file))
                .toList();
    }

    /** Something is wrong with what a key says. */
    public Finding finding(String key, String message, @Nullable String hint) {
        Mark mark = markOf(key);
        return new Finding(file, mark.line(), mark.column(), message, hint);
    }

    private static String parent(String key) {
        return key.substring(0, Math.max(0, key.lastIndexOf('.')));
    }

    /** The keys that say something else in the other one. */
    public List<String> differences(Outline other) {
        Map<String, Setting> rest = new LinkedHashMap<>(other.settings);
        List<String> keys = new ArrayList<>();
        settings.forEach((key, setting) -> {
            Setting there = rest.remove(key);
            // A default that is said aloud is still the default.
            if (there == null || !Objects.equals(setting.value(), there.value())) {
                keys.add(key);
            }
        });
        keys.addAll(rest.keySet());
        return keys;
    }
}
