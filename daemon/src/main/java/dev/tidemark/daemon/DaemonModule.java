// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.metrics.TimedDisk;
import dev.tidemark.daemon.service.ServiceManager;
import java.time.InstantSource;

/** What a daemon is made of before anything is opened: its settings, this host's disk and clock. */
final class DaemonModule extends AbstractModule {
    private final ConfigSource source;
    private final ConfigSource.Loaded loaded;
    private final DataDirectory data;

    DaemonModule(ConfigSource source, ConfigSource.Loaded loaded, DataDirectory data) {
        this.source = source;
        this.loaded = loaded;
        this.data = data;
    }

    @Override
    protected void configure() {
        binder().requireExplicitBindings();
        binder().requireAtInjectOnConstructors();
        bind(ConfigSource.class).toInstance(source);
        bind(ConfigSource.Loaded.class).toInstance(loaded);
        bind(DataDirectory.class).toInstance(data);
        bind(SocketPlaces.class).toInstance(SocketPlaces.ofHost(System.getenv()));
        bind(InstantSource.class).toInstance(InstantSource.system());
        bind(Daemon.Exit.class).toInstance(Runtime.getRuntime()::halt);
        bind(ServiceManager.class)
                .toInstance(ServiceManager.of(
                        System.getenv(), ProcessHandle.current().pid()));
        bind(Metrics.class).toInstance(new Metrics());
        bind(Daemon.class);
    }

    @Provides
    static DurableFiles files(Metrics metrics) {
        return new DurableFiles(new TimedDisk(new LocalDisk(), metrics));
    }
}
