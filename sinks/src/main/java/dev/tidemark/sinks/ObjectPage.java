// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the objects that a sink has delivered, by dataset, partition and name.
 *
 * @param next what to ask for the objects after these; null when there are none
 */
public record ObjectPage(
        List<DeliveredObject> objects, @Nullable String next) {
    public ObjectPage {
        objects = List.copyOf(objects);
    }
}
