// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.metrics.TimedDisk;
import java.time.InstantSource;

/** What a daemon is made of before anything is opened: its settings, this host's disk and clock. */
final class DaemonModule extends AbstractModule {
    private final Config config;
    private final DataDirectory data;

    DaemonModule(Config config, DataDirectory data) {
        this.config = config;
        this.data = data;
    }

    @Override
    protected void configure() {
        binder().requireExplicitBindings();
        binder().requireAtInjectOnConstructors();
        bind(Config.class).toInstance(config);
        bind(DataDirectory.class).toInstance(data);
        bind(SocketPlaces.class).toInstance(SocketPlaces.ofHost(System.getenv()));
        bind(InstantSource.class).toInstance(InstantSource.system());
        bind(Daemon.Exit.class).toInstance(Runtime.getRuntime()::halt);
        bind(Metrics.class).toInstance(new Metrics());
        bind(Daemon.class);
    }

    @Provides
    static DurableFiles files(Metrics metrics) {
        return new DurableFiles(new TimedDisk(new LocalDisk(), metrics));
    }
}
