/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/topology_view.h"

#include <inttypes.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/views/summary_view.h"

/* ---- cells ---- */

void topology_view_count(struct columns *columns, uint64_t count)
{
    struct text text;

    text_init(&text);
    summary_view_count(count, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

void topology_view_known(struct columns *columns, const json_t *object, const char *member)
{
    if (json_is_null(json_object_get(object, member)))
        columns_add(columns, "%s", "-");
    else
        topology_view_count(columns, answer_count(object, member));
}

void topology_view_duration(struct columns *columns, uint64_t ns)
{
    struct text text;

    text_init(&text);
    summary_view_duration(ns, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

/* Whole seconds; days from the second on. A clock that is behind makes no age. */
static void add_age(uint64_t since_ms, uint64_t now_ms, struct text *text)
{
    uint64_t seconds = now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0;

    if (seconds >= 172800)
        text_add(text, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400, seconds / 3600 % 24);
    else if (seconds < 60)
        text_add(text, "%" PRIu64 " s", seconds);
    else
        summary_view_duration(seconds * 1000000000, text);
}

void topology_view_age(struct columns *columns, uint64_t since_ms, uint64_t now_ms)
{
    struct text text;

    text_init(&text);
    if (since_ms > 0)
        add_age(since_ms, now_ms, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

void topology_view_words(struct columns *columns, const char *words)
{
    struct text text;

    text_init(&text);
    answer_add_words(words, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

void topology_view_bytes(struct columns *columns, uint64_t bytes)
{
    if (bytes == 0)
        columns_add(columns, "%s", "");
    else if (bytes < 1024 * 1024)
        columns_add(columns, "%" PRIu64 " KiB", bytes / 1024);
    else
        columns_add(columns, "%.1f MiB", (double)bytes / (1024 * 1024));
}

static void add_member(struct columns *columns, const json_t *object, const char *member)
{
    topology_view_words(columns, answer_text(object, member));
}

static void add_count(struct columns *columns, const json_t *object, const char *member)
{
    topology_view_known(columns, object, member);
}

/* ---- list ---- */

void topology_view_unplaced(const char *name, const json_t *answer, struct text *text)
{
    uint64_t unplaced = answer_count(answer, "unplaced");
    const char *why = answer_text(answer, "why_not");

    if (unplaced == 0 && why[0] == '\0')
        return;
    answer_add_words(name, text);
    text_add(text, ": ");
    if (unplaced > 0)
        text_add(text, "%" PRIu64 " executor%s not placed%s", unplaced,
                 unplaced == 1 ? " is" : "s are", why[0] == '\0' ? "" : ": ");
    answer_add_words(why, text);
    text_add(text, "\n");
}

static void add_topology(struct columns *columns, const json_t *topology, uint64_t now_ms)
{
    add_member(columns, topology, "name");
    add_member(columns, topology, "status");
    columns_add(columns, "%" PRIu64 "/%" PRIu64, answer_count(topology, "workers"),
                answer_count(topology, "workers_wanted"));
    add_count(columns, topology, "executors");
    add_count(columns, topology, "tasks");
    add_count(columns, topology, "completed");
    add_count(columns, topology, "failed");
    topology_view_age(columns, answer_count(topology, "submitted_ms"), now_ms);
    add_member(columns, topology, "owner");
}

void topology_view_list(const json_t *answer, uint64_t now_ms, struct text *text)
{
    static const char *const heads[] = {"name",      "status", "workers", "executors", "tasks",
                                        "completed", "failed", "age",     "owner"};
    size_t count = answer_size(answer, "topologies");
    struct columns columns;

    if (count == 0) {
        text_add(text, "no topology; 'gale submit TOPOLOGY.so' starts one\n");
        return;
    }
    columns_init(&columns, "llrrrrrrl");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < count; i++)
        add_topology(&columns, answer_item(answer, "topologies", i), now_ms);
    columns_render(&columns, text);
    columns_done(&columns);
    for (size_t i = 0; i < count; i++) {
        const json_t *topology = answer_item(answer, "topologies", i);

        topology_view_unplaced(answer_text(topology, "name"), topology, text);
    }
}

/* ---- status: components ---- */

/* "alpha:0 1-3,7" */
static void add_place(const json_t *place, struct text *text)
{
    size_t count = answer_size(place, "tasks");

    answer_add_words(answer_text(place, "supervisor"), text);
    text_add(text, ":%" PRIu64 " ", answer_count(place, "slot"));
    for (size_t i = 0; i < count; i++) {
        const json_t *range = answer_item(place, "tasks", i);
        json_int_t first = json_integer_value(json_array_get(range, 0));
        json_int_t last = json_integer_value(json_array_get(range, 1));

        text_add(text, "%s%" JSON_INTEGER_FORMAT, i == 0 ? "" : ",", first);
        if (last != first)
            text_add(text, "-%" JSON_INTEGER_FORMAT, last);
    }
}

static void add_placement(struct columns *columns, const json_t *component)
{
    size_t count = answer_size(component, "placement");
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < count; i++) {
        text_add(&text, "%s", i == 0 ? "" : "  ");
        add_place(answer_item(component, "placement", i), &text);
    }
    columns_add(columns, "%s", count == 0 ? "nowhere" : text_data(&text));
    text_done(&text);
}

/* Nothing was measured: nothing is shown. */
static void add_latency(struct columns *columns, const json_t *component, const char *member)
{
    if (answer_flag(component, "spout") && answer_count(component, "acked") > 0 &&
        !json_is_null(json_object_get(component, member)))
        topology_view_duration(columns, answer_count(component, member));
    else
        columns_add(columns, "%s", "");
}

static void add_component(struct columns *columns, const json_t *component)
{
    add_member(columns, component, "name");
    columns_add(columns, "%s", answer_flag(component, "spout") ? "spout" : "bolt");
    add_count(columns, component, "tasks");
    add_count(columns, component, "emitted");
    if (answer_flag(component, "spout"))
        columns_add(columns, "%s", "");
    else
        add_count(columns, component, "executed");
    add_count(columns, component, "acked");
    add_count(columns, component, "failed");
    add_count(columns, component, "open");
    add_latency(columns, component, "latency_p50_ns");
    add_latency(columns, component, "latency_p99_ns");
    add_placement(columns, component);
}

static void add_components(const json_t *answer, struct text *text)
{
    static const char *const heads[] = {
        "component", "kind", "tasks", "emitted", "executed",           "acked",
        "failed",    "open", "p50",   "p99",     "where its tasks are"};
    struct columns columns;

    columns_init(&columns, "llrrrrrrrrl");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < answer_size(answer, "components"); i++)
        add_component(&columns, answer_item(answer, "components", i));
    text_add(text, "\n");
    columns_render(&columns, text);
    columns_done(&columns);
}

static void add_reasons(const json_t *answer, struct text *text)
{
    text_add(text, "\n");
    for (size_t i = 0; i < answer_size(answer, "components"); i++) {
        const json_t *component = answer_item(answer, "components", i);

        for (size_t j = 0; j < answer_size(component, "why"); j++) {
            const char *line = json_string_value(answer_item(component, "why", j));

            answer_add_words(answer_text(component, "name"), text);
            text_add(text, ": ");
            answer_add_words(line == NULL ? "" : line, text);
            text_add(text, "\n");
        }
    }
}

/* ---- status: workers ---- */

static void add_worker(struct columns *columns, const json_t *worker)
{
    struct text name;

    text_init(&name);
    answer_add_words(answer_text(worker, "supervisor"), &name);
    columns_add(columns, "%s:%" PRIu64, text_data(&name), answer_count(worker, "slot"));
    text_done(&name);
    add_member(columns, worker, "host");
    columns_add(columns, "%" PRIu64, answer_count(worker, "pid"));
    add_member(columns, worker, "phase");
    topology_view_duration(columns, answer_count(worker, "uptime_ms") / 1000 * 1000000000);
    add_count(columns, worker, "tasks");
    topology_view_bytes(columns, answer_count(worker, "rss_bytes"));
    topology_view_duration(columns, answer_count(worker, "cpu_ns"));
    add_count(columns, worker, "restarts");
    add_member(columns, worker, "last_exit");
}

static void add_workers(const json_t *answer, struct text *text)
{
    static const char *const heads[] = {"worker", "host",   "pid", "phase",    "up",
                                        "tasks",  "memory", "cpu", "restarts", "last exit"};
    struct columns columns;

    if (answer_size(answer, "workers") == 0)
        return;
    columns_init(&columns, "llrlrrrrrl");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < answer_size(answer, "workers"); i++)
        add_worker(&columns, answer_item(answer, "workers", i));
    text_add(text, "\n");
    columns_render(&columns, text);
    columns_done(&columns);
}

/* ---- errors ---- */

static void add_error(struct columns *columns, const json_t *error, uint64_t now_ms)
{
    struct text where;

    text_init(&where);
    answer_add_words(answer_text(error, "supervisor"), &where);
    add_member(columns, error, "component");
    columns_add(columns, "%" PRIu64, answer_count(error, "task"));
    columns_add(columns, "%s:%" PRIu64, text_data(&where), answer_count(error, "slot"));
    add_count(columns, error, "count");
    topology_view_age(columns, answer_count(error, "first_ms"), now_ms);
    topology_view_age(columns, answer_count(error, "last_ms"), now_ms);
    add_member(columns, error, "text");
    text_done(&where);
}

static void add_errors(const json_t *answer, uint64_t now_ms, struct text *text)
{
    static const char *const heads[] = {"component", "task",     "worker", "times",
                                        "first ago", "last ago", "error"};
    struct columns columns;

    columns_init(&columns, "lrlrrrl");
    columns_add_row(&columns, heads);
    for (size_t i = 0; i < answer_size(answer, "errors"); i++)
        add_error(&columns, answer_item(answer, "errors", i), now_ms);
    columns_render(&columns, text);
    columns_done(&columns);
}

void topology_view_errors(const json_t *answer, uint64_t now_ms, struct text *text)
{
    if (answer_size(answer, "errors") == 0)
        text_add(text, "no errors\n");
    else
        add_errors(answer, now_ms, text);
}

/* ---- status ---- */

static uint64_t workers_running(const json_t *answer)
{
    uint64_t running = 0;

    for (size_t i = 0; i < answer_size(answer, "workers"); i++) {
        const char *phase = answer_text(answer_item(answer, "workers", i), "phase");

        running += strcmp(phase, "running") == 0 ? 1 : 0;
    }
    return running;
}

void topology_view_progress(const json_t *answer, struct text *text)
{
    uint64_t acked = 0;
    uint64_t failed = 0;
    bool is_known = true;

    for (size_t i = 0; i < answer_size(answer, "components"); i++) {
        const json_t *component = answer_item(answer, "components", i);

        is_known = is_known && !json_is_null(json_object_get(component, "acked"));
        acked += answer_flag(component, "spout") ? answer_count(component, "acked") : 0;
        failed += answer_flag(component, "spout") ? answer_count(component, "failed") : 0;
    }
    answer_add_words(answer_text(answer, "name"), text);
    text_add(text, ": ");
    answer_add_words(answer_text(answer, "status"), text);
    text_add(text, ", %" PRIu64 " of %" PRIu64 " workers run, trees: ", workers_running(answer),
             answer_count(answer, "workers_wanted"));
    if (!is_known) {
        text_add(text, "not known yet");
        return;
    }
    summary_view_count(acked, text);
    text_add(text, " done, ");
    summary_view_count(failed, text);
    text_add(text, " failed");
}

static void add_head(const json_t *answer, uint64_t now_ms, struct text *text, enum style style)
{
    uint64_t deadline_ms = answer_count(answer, "deadline_ms");
    uint64_t ended_ms = answer_count(answer, "ended_ms");

    text_add(text, "%s", style_bold(style));
    answer_add_words(answer_text(answer, "name"), text);
    text_add(text, "%s: ", style_end(style));
    answer_add_words(answer_text(answer, "status"), text);
    if (deadline_ms > now_ms)
        text_add(text, " (for at most %.1f s more)", (double)(deadline_ms - now_ms) / 1000);
    if (ended_ms > 0) {
        text_add(text, " ");
        add_age(ended_ms, now_ms, text);
        text_add(text, " ago, id ");
    } else {
        text_add(text, ", %" PRIu64 " of %" PRIu64 " workers run, id ", workers_running(answer),
                 answer_count(answer, "workers_wanted"));
    }
    answer_add_words(answer_text(answer, "id"), text);
    text_add(text, ", submitted ");
    add_age(answer_count(answer, "submitted_ms"), now_ms, text);
    text_add(text, " ago");
    if (answer_text(answer, "owner")[0] != '\0') {
        text_add(text, " by ");
        answer_add_words(answer_text(answer, "owner"), text);
    }
    text_add(text, "\n");
}

/* What somebody has changed while it runs. */
static void add_steering(const json_t *answer, uint64_t now_ms, struct text *text)
{
    const json_t *level = json_object_get(answer, "log_level");
    uint64_t until_ms = answer_count(level, "until_ms");

    if (json_is_object(level)) {
        text_add(text, "log level: ");
        answer_add_words(answer_text(level, "level"), text);
        if (until_ms > now_ms)
            text_add(text, " for %" PRIu64 " s more", (until_ms - now_ms + 999) / 1000);
        text_add(text, "\n");
    }
    for (size_t i = 0; i < answer_size(answer, "debug"); i++) {
        const json_t *debug = answer_item(answer, "debug", i);
        const char *component = answer_text(debug, "component");

        text_add(text, "tuples in the log: %" PRIu64 " %% of ", answer_count(debug, "percent"));
        answer_add_words(component[0] == '\0' ? "all components" : component, text);
        text_add(text, "\n");
    }
}

void topology_view_status(const json_t *answer, uint64_t now_ms, struct text *text,
                          enum style style)
{
    add_head(answer, now_ms, text, style);
    add_steering(answer, now_ms, text);
    topology_view_unplaced("not placed", answer, text);
    add_components(answer, text);
    add_reasons(answer, text);
    add_workers(answer, text);
    if (answer_size(answer, "errors") > 0) {
        text_add(text, "\n");
        add_errors(answer, now_ms, text);
    }
}
