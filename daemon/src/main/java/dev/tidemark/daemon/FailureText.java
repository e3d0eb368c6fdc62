// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a failure says to a person: its causes in one line, none twice. */
final class FailureText {
    private FailureText() {}

    static String of(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String said = said(cause);
            if (text.indexOf(said) < 0) {
                text.append(text.isEmpty() ? "" : ": ").append(said);
            }
        }
        return text.toString();
    }

    private static String said(Throwable cause) {
        if (cause instanceof FileSystemException failed && failed.getReason() == null && failed.getFile() != null) {
            return failed.getFile() + ": " + reason(failed);
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** These exceptions say what they are by their class alone. */
    private static String reason(FileSystemException failed) {
        return switch (failed) {
            case NoSuchFileException absent -> "it is not there, or cannot be made there";
            case FileAlreadyExistsException present -> "something else is there already";
            case AccessDeniedException denied -> "permission denied";
            case NotDirectoryException file -> "it is no directory";
            case DirectoryNotEmptyException full -> "the directory is not empty";
            default -> failed.getClass().getSimpleName();
        };
    }
}
