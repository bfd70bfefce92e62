/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a topology: what its `.so` says about itself, as data. Components, streams, fields,
 * groupings and settings, without any code. It is what `gale check` prints and what crosses from
 * the child process that opened the `.so`, as JSON.
 *
 * A plan is built by hand (sdk/src/describe.c) or decoded; plan_check() then resolves names to
 * indices and says what is wrong with it. Nothing else may use a plan that was not checked.
 *
 * Pure. A plan belongs to one thread at a time; once checked it may be read by many.
 */
#ifndef WIRE_PLAN_H
#define WIRE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/kind.h"

#define PLAN_VERSION 1

/* Limits. A plan beyond them is refused with the limit's name. */
#define PLAN_NAME_MAX          64 /* bytes of any name */
#define PLAN_COMPONENTS_MAX    64
#define PLAN_STREAMS_MAX       16    /* of a component */
#define PLAN_FIELDS_MAX        32    /* of a stream */
#define PLAN_INPUTS_MAX        16    /* of a bolt */
#define PLAN_KEYS_MAX          8     /* of a grouping */
#define PLAN_SETTINGS_MAX      64    /* of a component or of the topology */
#define PLAN_TASKS_MAX         16384 /* of a topology, and so of a component */
#define PLAN_TEXT_MAX          4096  /* bytes of a default or of a help text */
#define PLAN_PENDING_MAX       1000000
#define PLAN_TICK_MS_MAX       86400000     /* a day */
#define PLAN_RESERVE_BYTES_MAX (1ull << 40) /* of an input */
#define PLAN_JSON_BYTES_MAX    (4u << 20)

enum plan_grouping {
    PLAN_SHUFFLE = 1,
    PLAN_FIELDS = 2,
    PLAN_PARTIAL_KEY = 3,
    PLAN_ALL = 4,
    PLAN_GLOBAL = 5,
    PLAN_NONE = 6,
    PLAN_DIRECT = 7,
    PLAN_LOCAL_OR_SHUFFLE = 8,
    PLAN_CUSTOM = 9,
};

enum plan_role {
    PLAN_SPOUT = 1,
    PLAN_BOLT = 2,
};

struct plan_field {
    char *name;
    enum kind kind;
};

struct plan_stream {
    char *name;
    bool direct;
    uint32_t field_count;
    struct plan_field fields[PLAN_FIELDS_MAX];
    uint32_t id; /* checked: unique in the topology, 0 .. plan.stream_count - 1 */
};

struct plan_input {
    char *from;   /* component */
    char *stream; /* of it */
    enum plan_grouping by;
    uint32_t key_count;
    char *keys[PLAN_KEYS_MAX];           /* names of fields */
    uint64_t reserve_bytes;              /* 0: none */
    uint32_t from_index;                 /* checked: of the component */
    uint32_t stream_index;               /* checked: among its streams */
    uint32_t key_indices[PLAN_KEYS_MAX]; /* checked: among the stream's fields */
    bool closes_cycle;                   /* checked */
};

struct plan_setting {
    char *key;
    char *value; /* NULL: no default */
    char *help;  /* NULL: none */
};

struct plan_settings {
    uint32_t count;
    struct plan_setting items[PLAN_SETTINGS_MAX];
};

struct plan_component {
    char *name;
    enum plan_role role;
    uint32_t tasks;     /* at least 1 */
    uint32_t executors; /* 1 .. tasks */
    uint32_t max_pending;
    uint32_t tick_ms;
    bool own_loop;
    uint32_t stream_count;
    struct plan_stream streams[PLAN_STREAMS_MAX];
    uint32_t input_count;
    struct plan_input inputs[PLAN_INPUTS_MAX];
    struct plan_settings settings;
    uint32_t rank;       /* checked: longest way from a spout, cycles cut; upstream is lower */
    uint32_t first_task; /* checked: its tasks are first_task .. first_task + tasks - 1 */
};

struct plan {
    char *name;
    uint32_t component_count;
    struct plan_component *components; /* component_count of them, in the topology's order */
    struct plan_settings settings;
    uint32_t stream_count; /* checked: of all components */
    uint32_t task_count;   /* checked: of all components */
};

/* An empty plan with room for `component_count` (at most PLAN_COMPONENTS_MAX) zeroed components. */
struct plan *plan_new(uint32_t component_count);

/* Frees every text in it, too. */
void plan_destroy(struct plan **plan);

/* Checks names, numbers, graph, keys and direct streams, and fills in what is marked "checked".
 * May be called again after numbers were changed. The error names the thing and the remedy. */
MUST_USE enum err plan_check(struct plan *plan, struct error *error);

/* The component's index, or -1. */
int32_t plan_find(const struct plan *plan, const char *component);

const char *plan_grouping_name(enum plan_grouping grouping); /* "fields", "local-or-shuffle", ... */
const char *kind_name(enum kind kind);                       /* "str", "i64?", ... */

/* JSON, ended by a zero byte; the caller frees it. */
char *plan_encode(const struct plan *plan);

/* Accepts what plan_encode() wrote and refuses everything else; the plan is not checked yet.
 * At most 4 MiB are read. */
MUST_USE enum err plan_decode(const char *json, size_t size, struct plan **ret_plan,
                              struct error *error);

#endif
