// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;
import java.util.List;

/** {@code POST /v1/upkeep}: tables are looked after now; with {@code dry_run=1} it is only said what would be done. */
final class PostUpkeep implements Route {
    private final Upkeeping upkeeping;

    PostUpkeep(Upkeeping upkeeping) {
        this.upkeeping = upkeeping;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/upkeep";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow("dry_run");
        boolean dry = request.query().flag("dry_run");
        List<UpkeepReport> all = upkeeping.round(dry ? UpkeepOrder.Mode.DRY_RUN : UpkeepOrder.Mode.RUN);
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeBooleanField("dry_run", dry);
            json.writeArrayFieldStart("datasets");
            for (UpkeepReport one : all) {
                write(one, json);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(UpkeepReport report, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", report.dataset());
        json.writeObjectFieldStart("retention");
        json.writeNumberField("removed_rows", report.retention().removedRows());
        json.writeNumberField("held_rows", report.retention().heldRows());
        json.writeArrayFieldStart("held_by");
        for (String holder : report.retention().heldBy()) {
            json.writeString(holder);
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeObjectFieldStart("compaction");
        json.writeStringField("outcome", report.compaction().outcome().word());
        json.writeNumberField("files_in", report.compaction().filesIn());
        json.writeNumberField("files_out", report.compaction().filesOut());
        json.writeNumberField("rows", report.compaction().rows());
        json.writeEndObject();
        json.writeNumberField("expired", report.expired());
        json.writeNumberField("orphans", report.orphans());
        json.writeArrayFieldStart("why");
        for (String sentence : report.why()) {
            json.writeString(sentence);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
