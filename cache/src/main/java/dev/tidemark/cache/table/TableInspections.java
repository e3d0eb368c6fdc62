// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Check;
import dev.tidemark.cache.Inspection;
import java.util.List;

/** What is looked at in every table, each kind of fact over all tables together. */
public final class TableInspections {
    final Inspection referenced = new Inspection("I17", "referenced files");
    final Inspection data = new Inspection("I5", "data files");
    final Inspection order = new Inspection("I2", "table order");
    final Inspection adjoining = new Inspection("I5", "flushed through");
    final Inspection unreferenced = new Inspection("I17", "unreferenced files");

    public List<Check> done() {
        return List.of(referenced.done(), data.done(), order.done(), adjoining.done(), unreferenced.done());
    }
}
