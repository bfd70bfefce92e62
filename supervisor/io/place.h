/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot with its process: performs the effects of supervisor/slot.h. Belongs to the daemon's
 * thread.
 */
#ifndef SUPERVISOR_IO_PLACE_H
#define SUPERVISOR_IO_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/keys.h"
#include "supervisor/figure_sets.h"
#include "supervisor/io/blobs.h"
#include "supervisor/io/cgroup.h"
#include "supervisor/io/courier.h"
#include "supervisor/io/lobby.h"
#include "supervisor/io/process.h"
#include "supervisor/io/registry.h"
#include "supervisor/io/user.h"
#include "supervisor/io/worker_log.h"
#include "supervisor/report.h"
#include "supervisor/slot.h"

/* What all places share; borrowed. */
struct house {
    struct reactor *reactor;
    struct registry *registry;
    struct blobs *blobs;
    struct courier *courier;
    struct worker_log log;
    struct cgroup cgroup;
    const char *supervisor;
    const char *host;
    const char *worker;         /* program */
    const char *socket_path;    /* of the lobby */
    const char *workers_folder; /* of slot.json */
    const char *blobs_folder;
    const char *const *settings; /* "-c", "key=value", ...; ends in NULL */
    uint64_t memory_bytes;       /* of a worker; 0: no limit */
    uint64_t files;
    const struct keys *keys; /* of the cluster; NULL: none */
    const struct user *user; /* who workers are */
    char boot[PROCESS_BOOT_MAX];
};

struct place {
    const struct house *house;
    uint32_t number;
    struct slot slot;
    struct process process; /* pid 0: none */
    struct reactor_watch *watch;
    struct guest *guest; /* NULL while it is not connected */
    struct report_beat beat;
    struct figure_sets figures; /* of its workers, on the way to nimbus */
    bool is_unsaved;            /* slot.json could not be written */
    char text[ERROR_TEXT_MAX];
};

/* Reads slot.json; an unreadable one counts as none, and is told. Then takes over its process, if it
 * lives. The incarnation of a slot without memory begins at `incarnation`. */
void place_init(struct place *place, const struct house *house, uint32_t number,
                const struct slot_limits *limits, uint64_t incarnation);

/* The process runs on. */
void place_done(struct place *place);

/* A worker that was found by its command line: taken over if it is the last that was started here,
 * but not known by its number. Otherwise false. */
bool place_take_found(struct place *place, const struct process_found *found);

void place_step(struct place *place, const struct slot_event *event);

/* A message of a worker that says, by its hello, that it is the one of this place; false to cut it
 * off. */
bool place_take_message(struct place *place, struct guest *guest,
                        const struct local_message *message);

/* The same for a part of its figures. */
bool place_take_figures(struct place *place, const struct guest *guest,
                        const struct figures_message *message);

/* A fetch is over. */
void place_take_blob(struct place *place, const char *hash, const char *fault);

/* Each second: the log's size, and what could not be written before. */
void place_look_after(struct place *place);

#endif
