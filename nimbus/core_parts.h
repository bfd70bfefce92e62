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
#include "nimbus/history.h"
#include "nimbus/lifecycle.h"
#include "nimbus/registry.h"
#include "nimbus/scheduler.h"

struct request;

/* Errors that are being read: see errors_read.c. */
struct errors_reader;

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
    bool is_last; /* it has waited long enough */
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

/* ---- core.c ---- */

enum verdict request_answer(struct core *core, const struct request *request, json_t *ok);
enum verdict request_refuse(struct core *core, const struct request *request,
                            enum control_code code, const char *format, ...) PRINTF_LIKE(4, 5);
enum verdict request_complain(struct core *core, const struct request *request,
                              const struct control_fault *fault);
enum control_code code_of(enum err err);

/* The topology that args.name names; NULL, and answered, if there is none. */
struct topology *request_topology(struct core *core, const struct request *request);

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

/* ---- views.c ---- */

/* Keeps what is known of a topology that is about to be removed; `status` is "ended" or "killed". */
void history_keep(struct core *core, const struct topology *topology, const char *status);

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
