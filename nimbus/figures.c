/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- Components ---------------------------------------------------------------------------- */

static void free_components(struct figures_component *components, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(components[i].name);
    free(components);
}

static void add_counts(struct figures_counts *into, const struct figures_counts *from)
{
    into->emitted += from->emitted;
    into->sent += from->sent;
    into->executed += from->executed;
    into->acked += from->acked;
    into->failed += from->failed;
    into->timed_out += from->timed_out;
    into->refused += from->refused;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void add_latest(struct figures_component *into, const struct figures_component *from)
{
    into->open += from->open;
    into->latency_p50_ns = larger(into->latency_p50_ns, from->latency_p50_ns);
    into->latency_p99_ns = larger(into->latency_p99_ns, from->latency_p99_ns);
    into->latency_p999_ns = larger(into->latency_p999_ns, from->latency_p999_ns);
    into->latency_max_ns = larger(into->latency_max_ns, from->latency_max_ns);
}

static struct figures_component *base_of(struct figures *figures, const char *name)
{
    for (size_t i = 0; i < figures->base_count; i++)
        if (strcmp(figures->base[i].name, name) == 0)
            return &figures->base[i];
    if (figures->base_count == FIGURES_COMPONENTS_MAX)
        return NULL; /* names that no plan has: of no use to anybody */
    figures->base = mem_resize(figures->base, figures->base_count + 1, sizeof *figures->base);
    figures->base[figures->base_count] = (struct figures_component){.name = mem_copy_text(name)};
    return &figures->base[figures->base_count++];
}

/* What the worker has counted joins the base. */
static void retire(struct figures *figures, struct figures_worker *worker)
{
    for (size_t i = 0; i < worker->component_count; i++) {
        struct figures_component *base = base_of(figures, worker->components[i].name);
        if (base != NULL)
            add_counts(&base->counts, &worker->components[i].counts);
    }
    free_components(worker->components, worker->component_count);
    worker->components = NULL;
    worker->component_count = 0;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static uint64_t number_of(const json_t *object, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(object, member));

    return number < 0 ? 0 : (uint64_t)number;
}

static struct figures_component read_component(const json_t *object, const char *name)
{
    const json_t *latency = json_object_get(object, "latency_ns");

    return (struct figures_component){
        .name = mem_copy_text(name),
        .counts =
            {
                .emitted = number_of(object, "emitted"),
                .sent = number_of(object, "sent"),
                .executed = number_of(object, "executed"),
                .acked = number_of(object, "acked"),
                .failed = number_of(object, "failed"),
                .timed_out = number_of(object, "timed_out"),
                .refused = number_of(object, "refused"),
            },
        .open = number_of(object, "open"),
        .latency_p50_ns = number_of(latency, "p50"),
        .latency_p99_ns = number_of(latency, "p99"),
        .latency_p999_ns = number_of(latency, "p999"),
        .latency_max_ns = number_of(latency, "max"),
    };
}

static void read_components(struct figures_worker *worker, const json_t *summary)
{
    const json_t *list = json_object_get(summary, "components");
    size_t count = json_array_size(list);

    free_components(worker->components, worker->component_count);
    worker->component_count = 0;
    count = count > FIGURES_COMPONENTS_MAX ? FIGURES_COMPONENTS_MAX : count;
    worker->components = NEW_ARRAY(struct figures_component, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(object, "name"));
        if (name != NULL)
            worker->components[worker->component_count++] = read_component(object, name);
    }
}

/* In these phases there is no process, and so nothing that could be open. */
static bool has_process(const char *phase)
{
    static const char *const without[] = {"fetching", "ended", "backoff", "failed"};

    for (size_t i = 0; i < COUNT_OF(without); i++)
        if (strcmp(phase, without[i]) == 0)
            return false;
    return true;
}

static bool is_whole(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    return json_is_integer(value) && json_integer_value(value) >= 0;
}

bool figures_check(const json_t *worker)
{
    const json_t *summary = json_object_get(worker, "summary");

    return json_is_object(worker) && json_is_string(json_object_get(worker, "topology")) &&
           is_whole(worker, "slot") && json_integer_value(json_object_get(worker, "slot")) < 1024 &&
           is_whole(worker, "incarnation") && json_is_string(json_object_get(worker, "phase")) &&
           (summary == NULL || json_is_null(summary) || json_is_object(summary));
}

/* ---- Workers ------------------------------------------------------------------------------- */

static void free_worker(struct figures_worker *worker)
{
    free_components(worker->components, worker->component_count);
    json_decref(worker->said);
    free(worker->supervisor);
}

void figures_done(struct figures *figures)
{
    for (size_t i = 0; i < figures->worker_count; i++)
        free_worker(&figures->workers[i]);
    free(figures->workers);
    free_components(figures->base, figures->base_count);
    *figures = (struct figures){.workers = NULL};
}

static int compare(const struct figures_worker *worker, const char *supervisor, uint32_t slot)
{
    int order = strcmp(worker->supervisor, supervisor);

    if (order != 0)
        return order;
    return worker->slot < slot ? -1 : worker->slot > slot;
}

/* The first that is not before this place. */
static size_t find_index(const struct figures *figures, const char *supervisor, uint32_t slot)
{
    size_t begin = 0;
    size_t end = figures->worker_count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare(&figures->workers[middle], supervisor, slot) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static struct figures_worker *find(const struct figures *figures, const char *supervisor,
                                   uint32_t slot)
{
    size_t index = find_index(figures, supervisor, slot);

    if (index == figures->worker_count || compare(&figures->workers[index], supervisor, slot) != 0)
        return NULL;
    return &figures->workers[index];
}

const struct figures_worker *figures_find(const struct figures *figures, const char *supervisor,
                                          uint32_t slot)
{
    return find(figures, supervisor, slot);
}

/* Room for one more: some worker that is gone leaves. */
static bool make_room(struct figures *figures)
{
    size_t index = 0;

    if (figures->worker_count < FIGURES_WORKERS_MAX)
        return true;
    while (index < figures->worker_count && figures->workers[index].is_live)
        index++;
    if (index == figures->worker_count)
        return false;
    retire(figures, &figures->workers[index]);
    free_worker(&figures->workers[index]);
    figures->worker_count--;
    memmove(&figures->workers[index], &figures->workers[index + 1],
            (figures->worker_count - index) * sizeof *figures->workers);
    return true;
}

static struct figures_worker *add(struct figures *figures, const char *supervisor, uint32_t slot)
{
    if (!make_room(figures))
        return NULL;
    size_t index = find_index(figures, supervisor, slot);
    figures->workers =
        mem_resize(figures->workers, figures->worker_count + 1, sizeof *figures->workers);
    struct figures_worker *worker = &figures->workers[index];
    memmove(worker + 1, worker, (figures->worker_count - index) * sizeof *worker);
    figures->worker_count++;
    *worker = (struct figures_worker){.supervisor = mem_copy_text(supervisor), .slot = slot};
    return worker;
}

void figures_begin(struct figures *figures, const char *supervisor)
{
    for (size_t i = find_index(figures, supervisor, 0);
         i < figures->worker_count && strcmp(figures->workers[i].supervisor, supervisor) == 0; i++)
        figures->workers[i].is_live = false;
}

void figures_put(struct figures *figures, const char *supervisor, json_t *said, uint64_t now_ns)
{
    uint32_t slot = (uint32_t)number_of(said, "slot");
    uint64_t incarnation = number_of(said, "incarnation");
    const char *phase = json_string_value(json_object_get(said, "phase"));
    struct figures_worker *worker = find(figures, supervisor, slot);

    if (worker == NULL)
        worker = add(figures, supervisor, slot);
    if (worker == NULL)
        return; /* more places than an assignment can have */
    if (worker->incarnation != incarnation)
        retire(figures, worker);
    if (json_is_object(json_object_get(said, "summary")))
        read_components(worker, json_object_get(said, "summary"));
    (void)json_object_del(said, "summary");
    json_decref(worker->said);
    worker->said = json_incref(said);
    worker->incarnation = incarnation;
    worker->is_live = true;
    worker->is_ended = json_is_true(json_object_get(said, "ended")) || strcmp(phase, "ended") == 0;
    worker->has_process = has_process(phase);
    worker->is_drained = json_is_true(json_object_get(said, "drained")) || !worker->has_process;
    worker->reported_ns = now_ns;
}

struct figures_component figures_sum(const struct figures *figures, const char *component)
{
    struct figures_component sum = {.name = NULL};

    for (size_t i = 0; i < figures->base_count; i++)
        if (strcmp(figures->base[i].name, component) == 0)
            add_counts(&sum.counts, &figures->base[i].counts);
    for (size_t w = 0; w < figures->worker_count; w++) {
        const struct figures_worker *worker = &figures->workers[w];
        for (size_t c = 0; c < worker->component_count; c++) {
            if (strcmp(worker->components[c].name, component) != 0)
                continue;
            add_counts(&sum.counts, &worker->components[c].counts);
            if (worker->is_live)
                add_latest(&sum, &worker->components[c]);
        }
    }
    return sum;
}
