/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/actions.h"

#include <string.h>

#include "base/settings_schema.h"
#include "ui/read.h"
#include "ui/storm/ask.h"
#include "ui/storm/logconfig.h"
#include "wire/say.h"

enum {
    WAIT_MAX_S = 24 * 3600,
    WORKERS_MAX = 4096,
    EXECUTORS_MAX = 1000000,
};

/* ---- what is common ---- */

static void answer_done(struct handling *handling, const char *operation, const json_t *status)
{
    answer_json(handling, shape_new("{s:s, s:s, s:s}", "topologyOperation", operation, "topologyId",
                                    read_text(status, "id"), "status", "success"));
}

/* Asks for the change, and says that it was made. `args` lacks the name, and is taken over. */
static void change(struct handling *handling, const char *op, const char *operation, json_t *args)
{
    json_t *status;
    json_t *ok;

    if (!ask_topology(handling, &status)) {
        json_decref(args);
        return;
    }
    shape_add(args, shape_new("{s:s}", "name", read_text(status, "name")));
    if (ask_change(handling, op, args, &ok)) {
        answer_done(handling, operation, status);
        json_decref(ok);
    }
    json_decref(status);
}

void storm_activate(struct handling *handling)
{
    change(handling, "topology.activate", "activate", json_object());
}

void storm_deactivate(struct handling *handling)
{
    change(handling, "topology.deactivate", "deactivate", json_object());
}

static bool read_wait(struct handling *handling, json_t **ret_args)
{
    uint64_t wait_s;

    if (!ask_path_number(handling, "wait", WAIT_MAX_S, &wait_s))
        return false;
    json_int_t wait_ms = (json_int_t)wait_s * 1000;
    *ret_args = shape_new("{s:I}", "wait_ms", wait_ms);
    return true;
}

void storm_kill(struct handling *handling)
{
    json_t *args;

    if (read_wait(handling, &args))
        change(handling, "topology.kill", "kill", args);
}

/* ---- rebalance ---- */

/* 4 or "4": Storm's own example has both. */
static bool read_number(const json_t *value, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (json_is_integer(value) && json_integer_value(value) > 0)
        number = (uint64_t)json_integer_value(value);
    else if (!json_is_string(value) || !setting_parse_u64(json_string_value(value), &number))
        return false;
    if (number == 0 || number > max)
        return false;
    *ret_number = number;
    return true;
}

static bool read_executors(const json_t *options, json_t *args, struct control_fault *fault)
{
    json_t *asked = json_object_get(options, "executors");
    json_t *executors = json_object();
    const char *component;
    json_t *value;
    uint64_t number;

    if (asked != NULL && !json_is_object(asked)) {
        json_decref(executors);
        return control_refuse(fault, CONTROL_INVALID,
                              "executors must be an object: component to number");
    }
    json_object_foreach(asked, component, value)
    {
        if (!read_number(value, EXECUTORS_MAX, &number)) {
            json_decref(executors);
            return control_refuse(fault, CONTROL_INVALID,
                                  "the executors of %s must be a whole number above 0",
                                  say_quoted(component).text);
        }
        (void)json_object_set_new(executors, component, json_integer((json_int_t)number));
    }
    if (json_object_size(executors) > 0)
        shape_add(args, shape_new("{s:O}", "executors", executors));
    json_decref(executors);
    return true;
}

static bool read_options(const json_t *body, json_t *args, struct control_fault *fault)
{
    const json_t *options = json_object_get(body, "rebalanceOptions");
    const json_t *workers = json_object_get(options, "numWorkers");
    uint64_t number = 0;

    if (options == NULL)
        return true;
    if (!json_is_object(options))
        return control_refuse(fault, CONTROL_INVALID, "rebalanceOptions must be an object");
    if (workers != NULL && !read_number(workers, WORKERS_MAX, &number))
        return control_refuse(fault, CONTROL_INVALID, "numWorkers must be a number from 1 to %d",
                              WORKERS_MAX);
    if (workers != NULL)
        shape_add(args, shape_new("{s:I}", "workers", (json_int_t)number));
    return read_executors(options, args, fault);
}

void storm_rebalance(struct handling *handling)
{
    struct control_fault fault;
    json_t *args;

    if (!read_wait(handling, &args))
        return;
    if (!read_options(handling->request->body, args, &fault)) {
        json_decref(args);
        ask_fault(handling, &fault);
        return;
    }
    change(handling, "topology.rebalance", "rebalance", args);
}

/* ---- debug ---- */

static bool read_debug(struct handling *handling, const char **ret_operation, uint64_t *ret_percent)
{
    const char *action = request_param(handling->request, "action");
    bool is_on = strcmp(action, "enable") == 0;

    if (!is_on && strcmp(action, "disable") != 0) {
        ask_refuse(handling, CONTROL_NOT_FOUND, "debug can be enabled or disabled, not %s",
                   say_quoted(action).text);
        return false;
    }
    if (!ask_path_number(handling, "percent", 100, ret_percent))
        return false;
    if (is_on && *ret_percent == 0) {
        ask_refuse(handling, CONTROL_INVALID, "to sample nothing, disable it");
        return false;
    }
    if (!is_on)
        *ret_percent = 0;
    *ret_operation = is_on ? "debug/enable" : "debug/disable";
    return true;
}

void storm_debug_topology(struct handling *handling)
{
    const char *operation;
    uint64_t percent;

    if (read_debug(handling, &operation, &percent))
        change(handling, "topology.debug", operation,
               shape_new("{s:n, s:I}", "component", "percent", (json_int_t)percent));
}

void storm_debug_component(struct handling *handling)
{
    const char *component = request_param(handling->request, "component");
    const char *operation;
    uint64_t percent;

    if (read_debug(handling, &operation, &percent))
        change(handling, "topology.debug", operation,
               shape_new("{s:s, s:I}", "component", component, "percent", (json_int_t)percent));
}

/* ---- log level ---- */

/* The answer shows the status with what nimbus has made of it: another question might find it as it was. */
static void answer_log_config(struct handling *handling, const json_t *status, const json_t *ok)
{
    json_t *changed = json_copy((json_t *)status);

    (void)json_object_set_new(changed, "log_level",
                              read_has(ok, "level") ? json_copy((json_t *)ok) : json_null());
    answer_json(handling, storm_log_config(changed, ask_now_ms(handling)));
    json_decref(changed);
}

void storm_set_log_config(struct handling *handling)
{
    struct control_fault fault;
    struct log_change asked;
    json_t *status;
    json_t *ok;

    if (!storm_log_change(handling->request->body, &asked, &fault)) {
        ask_fault(handling, &fault);
        return;
    }
    if (!ask_topology(handling, &status))
        return;
    json_t *args = shape_new("{s:s, s:s?, s:I}", "name", read_text(status, "name"), "level",
                             asked.level, "for_ms", (json_int_t)asked.for_ms);
    if (ask_change(handling, "topology.log_level", args, &ok)) {
        answer_log_config(handling, status, ok);
        json_decref(ok);
    }
    json_decref(status);
}
