// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/**
 * Lines as the journal wants them: the priority in front of each, also of those of a stack trace, and no time, which it
 * knows itself.
 *
 * <pre>
 * &lt;6>FlushWatch flushed dataset=logs rows=8192
 * </pre>
 */
final class JournalLines extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        String prefix = "<" + priority(event.getLevel()) + ">";
        String logger = event.getLoggerName();
        StringBuilder text = new StringBuilder(logger.substring(logger.lastIndexOf('.') + 1))
                .append(' ')
                .append(event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            text.append('\n').append(ThrowableProxyUtil.asString(thrown));
        }
        StringBuilder lines = new StringBuilder();
        text.toString()
                .lines()
                .forEach(line -> lines.append(prefix).append(line).append('\n'));
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static int priority(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> 3;
            case Level.WARN_INT -> 4;
            case Level.INFO_INT -> 6;
            default -> 7;
        };
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
