/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/node_view.h"

#include <inttypes.h>

#include "cli/answer.h"
#include "cli/views/columns.h"
#include "cli/views/topology_view.h"

static void add_nimbuses(const json_t *answer, uint64_t now_ms, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "llllr");
    columns_add_row(&columns, (const char *const[]){"nimbus", "address", "role", "version", "up"});
    for (size_t i = 0; i < answer_size(answer, "nimbuses"); i++) {
        const json_t *nimbus = answer_item(answer, "nimbuses", i);

        topology_view_words(&columns, answer_text(nimbus, "id"));
        topology_view_words(&columns, answer_text(nimbus, "address"));
        columns_add(&columns, "%s", answer_flag(nimbus, "leader") ? "leader" : "standby");
        topology_view_words(&columns, answer_text(nimbus, "version"));
        topology_view_age(&columns, answer_count(nimbus, "since_ms"), now_ms);
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

static void add_labels(struct columns *columns, const json_t *supervisor)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < answer_size(supervisor, "labels"); i++) {
        const char *label = json_string_value(answer_item(supervisor, "labels", i));

        text_add(&text, "%s", i == 0 ? "" : ",");
        answer_add_words(label == NULL ? "" : label, &text);
    }
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

static void add_supervisor(struct columns *columns, const json_t *supervisor, uint64_t now_ms)
{
    topology_view_words(columns, answer_text(supervisor, "id"));
    topology_view_words(columns, answer_text(supervisor, "host"));
    topology_view_words(columns, answer_text(supervisor, "address"));
    columns_add(columns, "%" PRIu64 "/%" PRIu64, answer_count(supervisor, "used"),
                answer_count(supervisor, "slots"));
    columns_add(columns, "%" PRIu64, answer_count(supervisor, "cores"));
    topology_view_words(columns, answer_text(supervisor, "version"));
    topology_view_age(columns, answer_count(supervisor, "since_ms"), now_ms);
    add_labels(columns, supervisor);
}

static void add_supervisors(const json_t *answer, uint64_t now_ms, struct text *text)
{
    static const char *const heads[] = {"supervisor", "host",    "address", "slots",
                                        "cores",      "version", "up",      "labels"};
    struct columns columns;

    text_add(text, "\n");
    if (answer_size(answer, "supervisors") == 0) {
        text_add(text, "no supervisor: nothing can run\n");
        return;
    }
    columns_init(&columns, "lllrrlrl");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < answer_size(answer, "supervisors"); i++)
        add_supervisor(&columns, answer_item(answer, "supervisors", i), now_ms);
    columns_render(&columns, text);
    columns_done(&columns);
}

static void add_worker(struct columns *columns, const json_t *supervisor, const json_t *worker)
{
    struct text name;

    text_init(&name);
    answer_add_words(answer_text(supervisor, "id"), &name);
    columns_add(columns, "%s:%" PRIu64, text_data(&name), answer_count(worker, "slot"));
    text_done(&name);
    topology_view_words(columns, answer_text(worker, "name"));
    columns_add(columns, "%" PRIu64, answer_count(worker, "pid"));
    topology_view_words(columns, answer_text(worker, "phase"));
}

static void add_workers(const json_t *answer, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "llrl");
    columns_add_row(&columns, (const char *const[]){"worker", "topology", "pid", "phase"});
    for (size_t i = 0; i < answer_size(answer, "supervisors"); i++) {
        const json_t *supervisor = answer_item(answer, "supervisors", i);

        for (size_t j = 0; j < answer_size(supervisor, "workers"); j++)
            add_worker(&columns, supervisor, answer_item(supervisor, "workers", j));
    }
    if (columns.cell_count > columns.count) {
        text_add(text, "\n");
        columns_render(&columns, text);
    }
    columns_done(&columns);
}

void node_view_render(const json_t *answer, uint64_t now_ms, struct text *text)
{
    add_nimbuses(answer, now_ms, text);
    add_supervisors(answer, now_ms, text);
    add_workers(answer, text);
}

void node_view_line(const json_t *answer, struct text *text)
{
    size_t supervisors = answer_size(answer, "supervisors");
    uint64_t slots = 0;
    uint64_t used = 0;

    for (size_t i = 0; i < supervisors; i++) {
        slots += answer_count(answer_item(answer, "supervisors", i), "slots");
        used += answer_count(answer_item(answer, "supervisors", i), "used");
    }
    text_add(text, "%zu supervisor%s, %" PRIu64 " of %" PRIu64 " slots used", supervisors,
             supervisors == 1 ? "" : "s", used, slots);
    for (size_t i = 0; i < answer_size(answer, "nimbuses"); i++) {
        const json_t *nimbus = answer_item(answer, "nimbuses", i);

        if (!answer_flag(nimbus, "leader"))
            continue;
        text_add(text, ", nimbus at ");
        answer_add_words(answer_text(nimbus, "address"), text);
        text_add(text, " leads");
    }
}
