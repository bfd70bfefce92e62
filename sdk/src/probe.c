/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/src/describe.h"
#include "wire/say.h"

#define GROW_FIRST 16u

/* ---- endings ---- */

void probe_abort(const char *format, ...)
{
    va_list arguments;

    fputs("gale_probe: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

static COLD void fail(struct gale_probe *probe, const char *text)
{
    if (probe->has_failed)
        return;
    probe->has_failed = true;
    (void)snprintf(probe->failure, sizeof probe->failure, "%s", text);
    fprintf(stderr, "gale_probe: %s\n", probe->failure);
}

void probe_stop(struct gale_probe *probe, const char *format, ...)
{
    struct error error;
    char reason[PROBE_REASON_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    (void)error_set(&error, ERR_CRASHED, "component '%s', task %u: %s", probe->code->name,
                    probe->task_index, reason);
    fail(probe, error.text);
}

const char *gale_probe_error(const struct gale_probe *probe)
{
    return probe->has_failed ? probe->failure : NULL;
}

/* ---- setting up ---- */

void *probe_grow(void *items, uint32_t count, size_t size)
{
    if (count == 0)
        return mem_resize(items, GROW_FIRST, size);
    if (count < GROW_FIRST || (count & (count - 1)) != 0)
        return items;
    return mem_resize(items, (size_t)count * 2, size);
}

static uint32_t find_component(const struct plan *plan, const char *name)
{
    const char *names[PLAN_COMPONENTS_MAX];

    if (name == NULL)
        probe_abort("a component is needed, not NULL");
    int32_t index = plan_find(plan, name);
    if (index >= 0)
        return (uint32_t)index;
    for (uint32_t i = 0; i < plan->component_count; i++)
        names[i] = plan->components[i].name;
    probe_abort("topology '%s' has no component %s; %s", plan->name, say_quoted(name).text,
                say_choices(name, names, plan->component_count).text);
}

int32_t probe_find(const struct gale_probe *probe, const struct gale_component *component)
{
    return plan_find(probe->plan, component->name);
}

static struct plan *make_plan(const struct gale_topology *topology)
{
    struct plan *plan = NULL;
    struct error error;

    if (topology == NULL)
        probe_abort("a topology is needed, not NULL");
    enum err err = describe(topology, &plan, &error);
    if (err == ERR_OK)
        err = plan_check(plan, &error);
    if (err != ERR_OK)
        probe_abort("the topology is broken: %s", error.text);
    return plan;
}

static void describe_streams(struct gale_probe *probe)
{
    const struct plan *plan = probe->plan;

    probe->schemas = NEW_ARRAY(struct record_schema, plan->stream_count);
    probe->streams = NEW_ARRAY(const struct gale_stream *, plan->stream_count);
    probe->senders = NEW_ARRAY(uint32_t, plan->stream_count);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        for (uint32_t s = 0; s < plan->components[c].stream_count; s++) {
            uint32_t id = plan->components[c].streams[s].id;
            probe->streams[id] = probe->topology->components[c]->emits[s];
            probe->senders[id] = c;
            record_schema_init(&probe->schemas[id], probe->streams[id]);
        }
    }
}

struct gale_probe *gale_probe_new(const struct gale_topology *topology, const char *component)
{
    struct plan *plan = make_plan(topology);
    struct gale_probe *probe = NEW(struct gale_probe);

    probe->handle.host = &probe_host;
    probe->topology = topology;
    probe->plan = plan;
    probe->component_index = find_component(plan, component);
    probe->code = topology->components[probe->component_index];
    probe->overrides = settings_new();
    describe_streams(probe);
    metrics_init(&probe->metrics, &probe_host);
    list_init(&probe->held);
    return probe;
}

void gale_probe_clear(struct gale_probe *probe)
{
    for (uint32_t i = 0; i < probe->emitted_count; i++) {
        free(probe->emitted[i].tuple);
        free(probe->emitted[i].record);
    }
    for (uint32_t i = 0; i < probe->line_count; i++)
        free(probe->lines[i].text);
    free(probe->emitted);
    free(probe->lines);
    probe->emitted = NULL;
    probe->lines = NULL;
    probe->emitted_count = 0;
    probe->line_count = 0;
}

void gale_probe_destroy(struct gale_probe **probe)
{
    struct gale_probe *old = *probe;

    if (old == NULL)
        return;
    if (old->is_open)
        gale_probe_close(old);
    gale_probe_clear(old);
    for (uint32_t i = 0; i < old->arg_count; i++)
        free(old->args[i]);
    for (uint32_t i = 0; i < old->tree_count; i++)
        free(old->trees[i].reason);
    free(old->args);
    free(old->schemas);
    free(old->streams);
    free(old->senders);
    free(old->nothing);
    free(old->verdicts);
    free(old->trees);
    free(old->self);
    metrics_done(&old->metrics);
    config_destroy(&old->config);
    settings_destroy(&old->overrides);
    plan_destroy(&old->plan);
    free(old);
    *probe = NULL;
}

static void require_unopened(const struct gale_probe *probe, const char *what)
{
    if (probe->was_opened)
        probe_abort("%s comes before the first call of component '%s'", what, probe->code->name);
}

void gale_probe_set(struct gale_probe *probe, const char *key, const char *value)
{
    struct error error;

    require_unopened(probe, "gale_probe_set()");
    if (settings_put(probe->overrides, key, value, "-c", &error) != ERR_OK)
        probe_abort("%s", error.text);
}

void gale_probe_arg(struct gale_probe *probe, const char *argument)
{
    require_unopened(probe, "gale_probe_arg()");
    if (probe->arg_count == PROBE_ARGS_MAX)
        probe_abort("more than %d arguments", PROBE_ARGS_MAX);
    probe->args = probe_grow(probe->args, probe->arg_count, sizeof *probe->args);
    probe->args[probe->arg_count++] = mem_copy_text(argument);
}

void gale_probe_set_task_index(struct gale_probe *probe, uint32_t index)
{
    require_unopened(probe, "gale_probe_set_task_index()");
    probe->task_index = index;
}

void gale_probe_set_time_ms(struct gale_probe *probe, uint64_t now_ms)
{
    if (now_ms < probe->now_ms)
        probe_abort("time goes back from %llu to %llu ms", (unsigned long long)probe->now_ms,
                    (unsigned long long)now_ms);
    probe->now_ms = now_ms;
}

/* ---- calling user code ---- */

void probe_enter(struct gale_probe *probe, const char *doing)
{
    probe->doing = doing;
    probe->has_reason = false;
    probe->emit_failed = false;
    memset(probe->call_bytes, 0, sizeof probe->call_bytes);
}

void probe_leave(struct gale_probe *probe)
{
    probe->doing = NULL;
}

void probe_check_emits(struct gale_probe *probe)
{
    if (probe->emit_failed)
        probe_stop(probe, "cannot emit in %s: %s", probe->doing, probe->reason);
}

/* What `open` said, or did not say. */
static void refuse_open(struct gale_probe *probe)
{
    struct error error;
    const char *reason = probe->conf.has_failed ? probe->conf.why
                         : probe->has_reason    ? probe->reason
                                                : "open gave no reason";

    (void)error_set(&error, ERR_INVALID, "component '%s', task %u cannot open: %s",
                    probe->code->name, probe->task_index, reason);
    fail(probe, error.text);
}

static bool configure(struct gale_probe *probe)
{
    struct error error;

    if (config_make(probe->plan, probe->overrides, &probe->config, &error) != ERR_OK) {
        fail(probe, error.text);
        return false;
    }
    if (probe->task_index >= probe_component(probe)->tasks)
        probe_abort("component '%s' has no task %u: it has %u", probe->code->name,
                    probe->task_index, probe_component(probe)->tasks);
    conf_init(&probe->conf, probe->config, probe->code->name);
    return true;
}

static void open_task(struct gale_probe *probe)
{
    const struct gale_component *code = probe->code;
    bool is_spout = probe_is_spout(probe);
    enum gale_err err = GALE_OK;

    probe->self = mem_alloc(is_spout ? code->spout.size : code->bolt.size);
    probe_enter(probe, "open");
    if (is_spout && code->spout.open != NULL)
        err = code->spout.open(probe->self, &probe->handle);
    if (!is_spout && code->bolt.open != NULL)
        err = code->bolt.open(probe->self, &probe->handle);
    probe_leave(probe);
    probe->is_open = err == GALE_OK; /* then close will be called, whatever else is wrong */
    if (err != GALE_OK || probe->conf.has_failed)
        refuse_open(probe);
}

bool probe_is_ready(struct gale_probe *probe)
{
    if (probe->is_closed)
        probe_abort("component '%s' is closed", probe->code->name);
    if (probe->doing != NULL)
        probe_abort("component '%s' is still in its %s", probe->code->name, probe->doing);
    if (!probe->was_opened) {
        probe->was_opened = true;
        if (configure(probe))
            open_task(probe);
        if (probe->is_open && !probe->has_failed && probe_is_spout(probe))
            probe_set_active(probe, true);
    }
    return probe->is_open && !probe->has_failed;
}

enum gale_err gale_probe_open(struct gale_probe *probe)
{
    return probe_is_ready(probe) ? GALE_OK : GALE_ERROR;
}

static void call(struct gale_probe *probe, const char *doing,
                 void (*function)(void *, struct gale_task *))
{
    if (function == NULL)
        return;
    probe_enter(probe, doing);
    function(probe->self, &probe->handle);
    probe_check_emits(probe);
    probe_leave(probe);
}

void gale_probe_tick(struct gale_probe *probe)
{
    const struct gale_component *code = probe->code;

    if (probe_is_ready(probe))
        call(probe, "tick", probe_is_spout(probe) ? code->spout.tick : code->bolt.tick);
}

void gale_probe_finish(struct gale_probe *probe)
{
    if (probe_is_spout(probe))
        probe_abort("component '%s' is a spout: only bolts have finish", probe->code->name);
    if (probe_is_ready(probe))
        call(probe, "finish", probe->code->bolt.finish);
}

void gale_probe_close(struct gale_probe *probe)
{
    const struct gale_component *code = probe->code;
    void (*close)(void *, struct gale_task *) =
        probe_is_spout(probe) ? code->spout.close : code->bolt.close;

    (void)probe_is_ready(probe);
    if (probe->is_open && close != NULL) {
        probe_enter(probe, "close");
        close(probe->self, &probe->handle);
        probe_leave(probe);
    }
    probe->is_open = false;
    probe->is_closed = true;
    probe_fail_held(probe);
    free(probe->self);
    probe->self = NULL;
}
