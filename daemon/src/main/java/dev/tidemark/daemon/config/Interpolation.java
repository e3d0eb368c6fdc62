// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fills in scalars that stand elsewhere: {@code ${env:NAME}}, {@code ${file:/path}} and {@code ${cred:NAME}}.
 *
 * <p>Only a whole scalar can stand elsewhere, and {@code $$} is a dollar. What was filled in may be a secret, so no
 * message has it.
 */
final class Interpolation {
    private static final Pattern ELSEWHERE = Pattern.compile("\\$\\{(env|file|cred):([^{}]+)}");
    private static final String CREDENTIALS = "CREDENTIALS_DIRECTORY";
    private static final long FILE_BYTES_MAX = 64L << 10;

    private final Map<String, String> environment;

    Interpolation(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * The text that is meant.
     *
     * @throws IllegalArgumentException when there is none, saying why
     */
    String resolve(String written) {
        Matcher elsewhere = ELSEWHERE.matcher(written);
        if (elsewhere.matches()) {
            String name = elsewhere.group(2);
            return switch (elsewhere.group(1)) {
                case "env" -> variable(name);
                case "file" -> file(absolute(name));
                default -> file(credential(name));
            };
        }
        if (written.replace("$$", "").contains("${")) {
            throw new IllegalArgumentException("\"" + written
                    + "\" is not one of ${env:NAME}, ${file:/path}, ${cred:NAME}, each alone; $$ is a dollar");
        }
        return written.replace("$$", "$");
    }

    private String variable(String name) {
        String value = environment.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the environment has no " + name);
        }
        return value;
    }

    private static Path absolute(String name) {
        Path path = Path.of(name);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("\"" + name + "\" is not an absolute path");
        }
        return path;
    }

    private Path credential(String name) {
        String directory = environment.get(CREDENTIALS);
        if (directory == null || directory.isEmpty()) {
            throw new IllegalArgumentException("there are no credentials: " + CREDENTIALS + " is not set");
        }
        if (name.contains("/") || name.startsWith(".")) {
            throw new IllegalArgumentException("\"" + name + "\" is not the name of a credential");
        }
        return Path.of(directory, name);
    }

    /** A file's text without the newline that editors put at its end. */
    private static String file(Path path) {
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                throw new IllegalArgumentException(path + " is larger than 64 KiB");
            }
            return Files.readString(path).replaceFirst("\\R\\z", "");
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(path + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(Readings.why(path, e), e);
        }
    }
}
