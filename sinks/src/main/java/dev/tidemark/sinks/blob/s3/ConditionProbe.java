// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Finds out whether a server creates objects on the condition that there is none, by creating one twice, in one request and
 * in parts: the second and the third time the server has to say that it is there.
 */
record ConditionProbe(S3Connection connection) {
    private static final String CONTENT = "tidemark\n";

    /** Why the bucket cannot be written to; empty when it can. */
    Optional<String> unfit(String key) throws IOException {
        String place = connection.bucket().place();
        boolean wasAbsent = isCreated(key);
        if (wasAbsent && isCreated(key)) {
            return Optional.of(place + " does not honour If-None-Match: it took " + key + " a second time");
        }
        return isCreatedOfParts(key)
                ? Optional.of(place + " does not honour If-None-Match when an upload is completed: it replaced " + key)
                : Optional.empty();
    }

    private boolean isCreated(String key) throws IOException {
        return accepts(
                key,
                () -> connection
                        .client()
                        .putObject(connection.creation(key, Map.of()).build(), RequestBody.fromString(CONTENT)));
    }

    private boolean isCreatedOfParts(String key) throws IOException {
        String upload = connection.begin(key, Map.of());
        CompletedPart part = connection.upload(key, upload, 1, RequestBody.fromString(CONTENT));
        boolean created = accepts(key, () -> connection.complete(key, upload, List.of(part)));
        if (!created) {
            connection.end(key, upload);
        }
        return created;
    }

    private boolean accepts(String key, Runnable request) throws IOException {
        try {
            request.run();
            return true;
        } catch (SdkException e) {
            if (e instanceof S3Exception answer && answer.statusCode() == HttpURLConnection.HTTP_PRECON_FAILED) {
                return false;
            }
            throw connection.failed("probe " + key, e);
        }
    }
}
