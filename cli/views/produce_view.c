/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/produce_view.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/answer.h"

static struct produce_part *find_part(struct produce_tally *tally, int32_t partition)
{
    size_t at = 0;

    while (at < tally->count && tally->parts[at].partition < partition)
        at++;
    if (at < tally->count && tally->parts[at].partition == partition)
        return &tally->parts[at];
    tally->parts = mem_resize(tally->parts, tally->count + 1, sizeof *tally->parts);
    memmove(&tally->parts[at + 1], &tally->parts[at], (tally->count - at) * sizeof *tally->parts);
    tally->count++;
    tally->parts[at] = (struct produce_part){.partition = partition, .first = -1, .last = -1};
    return &tally->parts[at];
}

void produce_tally_add(struct produce_tally *tally, const struct console_delivery *delivery)
{
    if (!delivery->is_acknowledged) {
        tally->failed++;
        return;
    }
    struct produce_part *part = find_part(tally, delivery->partition);
    part->records++;
    tally->acknowledged++;
    if (delivery->offset >= 0 && (part->first < 0 || delivery->offset < part->first))
        part->first = delivery->offset;
    if (delivery->offset > part->last)
        part->last = delivery->offset;
}

void produce_tally_done(struct produce_tally *tally)
{
    free(tally->parts);
    *tally = (struct produce_tally){.parts = NULL};
}

static void add_part(const struct produce_part *part, struct text *text)
{
    text_add(text, "  partition %" PRId32 ": %" PRIu64, part->partition, part->records);
    if (part->first >= 0 && part->first == part->last)
        text_add(text, ", offset %" PRId64, part->first);
    else if (part->first >= 0)
        text_add(text, ", offsets %" PRId64 " to %" PRId64, part->first, part->last);
    text_add(text, "\n");
}

void produce_view_render(const struct produce_tally *tally, const char *topic, struct text *text)
{
    text_add(text, "%" PRIu64 " record%s to '%s'", tally->acknowledged,
             tally->acknowledged == 1 ? "" : "s", topic);
    if (tally->failed > 0)
        text_add(text, ", %" PRIu64 " not acknowledged", tally->failed);
    text_add(text, "\n");
    for (size_t i = 0; i < tally->count; i++)
        add_part(&tally->parts[i], text);
}

static json_t *known(int64_t offset)
{
    return offset < 0 ? json_null() : json_integer(offset);
}

void produce_view_json(const struct produce_tally *tally, const char *topic, struct text *text)
{
    json_t *parts = json_array();

    for (size_t i = 0; i < tally->count; i++) {
        const struct produce_part *part = &tally->parts[i];

        json_array_append_new(parts,
                              json_pack("{s:i, s:I, s:o, s:o}", "partition", (int)part->partition,
                                        "records", (json_int_t)part->records, "first",
                                        known(part->first), "last", known(part->last)));
    }
    json_t *all = json_pack("{s:s, s:I, s:I, s:o}", "topic", topic, "acknowledged",
                            (json_int_t)tally->acknowledged, "failed", (json_int_t)tally->failed,
                            "partitions", parts);
    answer_add_json(all, text);
    json_decref(all);
}
