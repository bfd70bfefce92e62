/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of nimbus/core.h, for the files that it lists and for nobody else.
 */
#ifndef NIMBUS_CORE_PARTS_H
#define NIMBUS_CORE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "coord/fence.h"
#include "coord/state/paths.h"
#include "coord/switchboard.h"
#include "nimbus/blobs.h"
#include "nimbus/core.h"
#include "nimbus/events.h"
#include "nimbus/figures/verdict.h"
#include "nimbus/history.h"
#include "nimbus/lifecycle.h"
#include "nimbus/registry.h"
#include "nimbus/restarts.h"
#include "nimbus/schedule/executors.h"
#include "nimbus/schedule/scheduler.h"

struct request;

/* Errors that are being read: see errors_read.c. */
struct errors_reader;

/* A supervisor that was there since this nimbus leads. */
struct tick_node {
    char *id;
    char *host; /* NULL: not known */
    bool is_there;
    uint64_t gone_ns; /* when that was seen; 0: it is there */
    uint32_t used;    /* workers assigned to it */
};

/* The second that every view is of. */
struct tick {
    uint64_t number; /* seconds since the start, + 1; 0: none yet */
    uint64_t at_ms;
    uint64_t next_ns;
    size_t node_count;
    struct tick_node *nodes; /* by id */
    struct verdict_report verdict;
    size_t history_bytes;
};

struct core {
    struct core_options options; /* its texts are ours */
    struct switchboard *board;
    struct office *office;
    struct registry *registry;
    struct blobs *blobs;
    struct coord_calls *calls; /* of the event or turn that goes on */
    struct effects *effects;   /* ... */
    uint64_t now_ns;
    uint64_t wall_ms;
    uint64_t last_tag;        /* of calls of our own: below 2^32 */
    uint32_t submissions;     /* since the start, for ids */
    struct request *requests; /* that wait, the oldest first */
    size_t request_count;
    bool was_acting;
    bool is_placing_due;
    uint64_t place_ns; /* when it is due though nothing has changed */
    struct errors_reader *readers;
    size_t reader_count;
    struct history history;
    uint64_t start_ns;
    struct tick tick;
    struct events events;
    uint64_t events_epoch; /* of the leader that they are of; 0: of none */
    struct restarts restarts;
    uint64_t figures_epoch; /* of the leader whose figures they are; 0: nobody's */
    size_t ledger_next;     /* the topology at which the next tick begins */
};

enum verdict {
    REQUEST_DONE,  /* answered, or given to a write that will answer */
    REQUEST_WAITS, /* to be tried again in the next turn */
};

struct request {
    struct asker asker;
    const struct operation *operation;
    json_t *args;
    uint64_t since_ns;
    bool is_last;     /* it has waited long enough */
    const void *body; /* only while its event goes on: an operation that needs it does not wait */
    size_t body_size;
};

typedef enum verdict operation_fn(struct core *core, struct request *request);

struct operation {
    const char *name;
    operation_fn *run; /* NULL: by a function of its own */
    bool is_for_all;   /* not for the leader alone */
    unsigned roles;    /* who may ask for it: wire/role.h; there is no default */
};

enum verdict operation_info(struct core *core, struct request *request);
enum verdict operation_submit(struct core *core, struct request *request);
enum verdict operation_kill(struct core *core, struct request *request);
enum verdict operation_activate(struct core *core, struct request *request);
enum verdict operation_deactivate(struct core *core, struct request *request);
enum verdict operation_rebalance(struct core *core, struct request *request);
enum verdict operation_list(struct core *core, struct request *request);
enum verdict operation_status(struct core *core, struct request *request);
enum verdict operation_ended(struct core *core, struct request *request);
enum verdict operation_errors(struct core *core, struct request *request);
enum verdict operation_nodes(struct core *core, struct request *request);
enum verdict operation_report(struct core *core, struct request *request);
enum verdict operation_supervisor_figures(struct core *core, struct request *request);
enum verdict operation_pulse(struct core *core, struct request *request);
enum verdict operation_sparks(struct core *core, struct request *request);
enum verdict operation_figures(struct core *core, struct request *request);
enum verdict operation_tasks(struct core *core, struct request *request);
enum verdict operation_history(struct core *core, struct request *request);
enum verdict operation_ended_list(struct core *core, struct request *request);
enum verdict operation_events(struct core *core, struct request *request);
enum verdict operation_event_note(struct core *core, struct request *request);
enum verdict operation_log_level(struct core *core, struct request *request);
enum verdict operation_debug(struct core *core, struct request *request);
enum verdict operation_restart(struct core *core, struct request *request);

/* ---- core.c ---- */

enum verdict request_answer(struct core *core, const struct request *request, json_t *ok);
enum verdict request_refuse(struct core *core, const struct request *request,
                            enum control_code code, const char *format, ...) PRINTF_LIKE(4, 5);
enum verdict request_complain(struct core *core, const struct request *request,
                              const struct control_fault *fault);
enum control_code code_of(enum err err);

/* The topology that args.name names; NULL, and answered, if there is none. */
struct topology *request_topology(struct core *core, const struct request *request);

/* Its plan is about to be read, as after a rebalance; what is shown of it would have no components. */
bool request_awaits_plan(const struct request *request, const struct topology *topology);

uint64_t core_tag(struct core *core);

/* ---- writes.c ---- */

/* Each begins the one write of the topology; nothing is under way. They are made while the office is
 * held, and answer `asker`, if any, when they are through. `answer` is taken over. */
void write_create(struct core *core, struct topology *topology, struct asker asker);
void write_set(struct core *core, struct topology *topology, const struct topology_state *state,
               struct asker asker, json_t *answer);
void write_delete(struct core *core, struct topology *topology);
void write_assign(struct core *core, struct topology *topology,
                  const struct assignment_state *assignment);
void write_unassign(struct core *core, struct topology *topology);
/* Deletes nodes, at most FENCE_PARTS_MAX. */
void write_clean(struct core *core, struct topology *topology, const struct coord_call *parts,
                 size_t count);

/* Takes the answer to a call of our own; false if it is not that of a write. */
bool writes_step(struct core *core, const struct coord_event *event);

/* Ends the writes that our copies show by now. */
void writes_turn(struct core *core);

/* What has happened once the write that was just begun is through; taken over. Dropped if it was given
 * up already. */
void write_note(struct topology *topology, struct events_item *event);

/* ---- ledger.c ---- */

/* Whoever begins to lead takes over what leaders before it have kept. */
void ledger_begin(struct core *core);

/* Each tick. For the leader. */
void ledger_tick(struct core *core);

/* Takes the answer to a call of our own; false if it is not that of a write of totals. */
bool ledger_step(struct core *core, const struct coord_event *event);

/* ---- chronicle.c ---- */

/* The event by what has become of a topology; NULL if nobody would want to read of it. Owned. */
struct events_item *chronicle_of_change(const struct core *core, const struct topology *topology,
                                        enum lifecycle_event cause,
                                        const struct lifecycle_change *next,
                                        const struct request *request) MUST_USE;
struct events_item *chronicle_of_submission(const struct topology *topology,
                                            const struct request *request) MUST_USE;
struct events_item *chronicle_of_assignment(const struct core *core,
                                            const struct topology *topology,
                                            const struct assignment_state *assignment) MUST_USE;
struct events_item *chronicle_of_removal(const struct topology *topology) MUST_USE;
void chronicle_end(struct core *core, const struct topology *topology);

/* Who asks; nobody without a request. Borrowed from its arguments. */
struct events_actor chronicle_actor(const struct request *request);

/* What a supervisor reports of its workers, before it counts. `workers` was checked. */
void chronicle_report(struct core *core, struct supervisor *supervisor, const json_t *workers);

/* Who has come and gone since the last turn. For the leader, before registry_turn(). */
void chronicle_turn(struct core *core);

/* ---- steering.c ---- */

/* What the supervisor is to do, for the answer to its report: an object. */
json_t *steering_orders(struct core *core, const char *supervisor);

/* The members `log_level` and `debug` of a status. */
void steering_show(json_t *ok, const struct topology *topology);

/* Levels whose time is over go back. */
void steering_turn(struct core *core);

/* ---- submit.c ---- */

json_t *submission_answer(const struct topology *topology);

/* Makes plan and configuration of a topology from its blob. ERR_FULL: not read yet, come again. */
enum err plan_make(struct core *core, const char *plan_hash, const struct settings *overrides,
                   struct plan **ret_plan, struct config **ret_config,
                   struct error *error) MUST_USE;
struct settings *settings_of(const struct topology_setting *items, size_t count) MUST_USE;

/* Makes the plans that are due. */
void plans_turn(struct core *core);

/* ---- operations.c ---- */

/* What became due: drained, deadlines, topologies that have ended. */
void operations_turn(struct core *core);
json_t *status_answer(const char *id, enum topology_status status);

/* ---- tick.c ---- */

enum {
    TICK_MS = 1000,
};

/* Once a second: what workers have said since the last time is shown from now on. For the leader. */
void tick_turn(struct core *core);
void tick_done(struct tick *tick);

/* What has come of a topology that is about to be removed counts at once: there is no next tick of it. */
void tick_settle(struct core *core, struct topology *topology);

/* When that is due next. */
uint64_t tick_deadline_ns(const struct core *core);

/* How the components of a topology are cut, for nimbus/figures/glance.h; borrowed from its plan. */
size_t tick_shapes(const struct topology *topology,
                   struct glance_shape ret_shapes[PLAN_COMPONENTS_MAX]);

/* ---- views_graph.c ---- */

/* The members `graph`, `message_timeout_ms` and `settings_effective` of a status. */
void graph_show(json_t *ok, const struct core *core, const struct topology *topology);

/* ---- views_nodes.c ---- */

/* The members of a report that a status shows as they are; NULL: without a report they are null. */
void show_said(json_t *object, const struct place *said);

/* ---- views.c ---- */

/* The members `tick`, `at_ms` and `interval_ms` of every answer with figures. */
void tick_show(json_t *ok, const struct core *core);

/* Executors in the components' order; 0 if plan and assignment do not go together. */
size_t executors_of(const struct topology *topology,
                    struct executors_component ret_components[PLAN_COMPONENTS_MAX]);

/* The length of a window: args.window_s, 10 by default; 0 is all time. */
bool request_window(const struct request *request, int64_t *ret_window_s,
                    struct control_fault *fault) MUST_USE;

/* Keeps what is known of a topology that is about to be removed; `status` is "ended" or "killed". */
void history_keep(struct core *core, struct topology *topology, const char *status);

/* ---- placing.c ---- */

/* What would become of one topology in place of another one, or beside all (`instead` NULL). */
struct placing_preview {
    uint32_t workers;
    uint32_t wanted;
    uint32_t unplaced;
    uint32_t moves;
    char *why_not;
};
void placing_preview(struct core *core, const struct topology *candidate,
                     const struct topology *instead, struct placing_preview *ret_preview);

/* Places everything, and begins writing what has changed. */
void placing_turn(struct core *core);
uint32_t workers_wanted(const struct topology *topology);

/* Why the executors of each component are where they are: an object of arrays of lines. */
json_t *placing_explain(struct core *core, const struct topology *topology);

/* ---- removal.c ---- */

bool removal_step(struct core *core, const struct coord_event *event);
void removal_turn(struct core *core);

/* ---- errors_read.c ---- */

/* What was read after that moment, an array; NULL: come again. Borrowed. */
const json_t *errors_since(struct core *core, const struct topology *topology, uint64_t since_ns);
bool errors_step(struct core *core, const struct coord_event *event);
void errors_done(struct core *core);

#endif
