/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker in one thread and in virtual time: the service over files in memory (sim_files.h), with clients who send
 * requests and get answers as messages. Jobs wait until they are run, so a test decides when the disk has something.
 */
#ifndef TESTS_BROKER_RIG_H
#define TESTS_BROKER_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/arena.h"
#include "broker/server/service.h"
#include "tests/support/sim_files.h"

enum {
    BROKER_RIG_JOBS_MAX = 256,
};

/* One that was submitted. */
struct broker_rig_job {
    struct service_job *job;
    uint64_t submitted_ms;
    bool is_urgent;
    bool was_run;
};

struct broker_rig {
    struct sim_files *files;
    struct settings *settings;
    struct broker_options options;
    struct service *service; /* NULL: it is not running */
    struct service_now now;
    uint64_t seed;
    struct list clients;
    struct broker_rig_job jobs[BROKER_RIG_JOBS_MAX]; /* in the order of their submission */
    size_t job_count;
    uint64_t next_ms; /* when the service wants its next turn; UINT64_MAX: whenever */
    bool
        dies_of_faults; /* what is sent after the fault that was planned (sim_files_plan()) is lost: a power cut or kill
                            takes the process as well */
    uint64_t room; /* what the disk says is free */
    uint64_t changes;
    struct text told; /* a line for each event */
};

/* Bytes, or a piece of a file, on the way to a client. */
struct broker_piece {
    struct text bytes;
    struct file *file; /* NULL: bytes */
    uint64_t position;
    size_t size;
};

struct broker_client {
    struct list_node in_rig;
    struct broker_rig *rig;
    struct service_peer *peer; /* NULL: the connection is gone */
    struct text input;         /* what came and was not taken */
    struct broker_piece
        *pieces; /* that came behind the input while it was paused, the first one first */
    size_t piece_count;
    bool is_closed; /* by the broker */
    bool is_paused; /* it reads nothing: pieces of files stay what they are, as in a socket */
    int32_t sent;   /* correlation ids, from 1 */
    int32_t taken;  /* answers must come in this order */
    struct kafka_arena arena; /* of what was taken last */
};

/* Not running yet. settings: pairs "key", "value", ..., NULL; may be NULL. */
struct broker_rig *broker_rig_new(uint64_t seed, const char *const settings[]);
void broker_rig_destroy(struct broker_rig **rig);

enum err broker_rig_start(struct broker_rig *rig, struct error *error) MUST_USE;

/* In order: runs all jobs first. */
enum err broker_rig_stop(struct broker_rig *rig, struct error *error) MUST_USE;

/* The process is gone: clients lose their connections, jobs are never run. The files stay as they are: see
 * sim_files_restart(). */
void broker_rig_kill(struct broker_rig *rig);

/* Time passes, and a turn is taken. */
void broker_rig_advance(struct broker_rig *rig, uint64_t ms);

/* Runs the oldest job and tells the service; false if there is none. */
bool broker_rig_run_job(struct broker_rig *rig);

/* The two halves of that, as a thread for urgent ones and one for the others do them: each takes its jobs in their
 * order. False if there is nothing to do. */
bool broker_rig_begin_job(struct broker_rig *rig, bool is_urgent);
bool broker_rig_end_job(struct broker_rig *rig, bool is_urgent);
void broker_rig_run_jobs(struct broker_rig *rig);

struct broker_client *broker_client_new(struct broker_rig *rig);
void broker_client_destroy(struct broker_client **client);

/* It reads all that has come, and goes on reading. */
void broker_client_resume(struct broker_client *client);

/* Sends a request; the turn that follows is taken. Returns its correlation id. */
int32_t broker_client_send(struct broker_client *client, int16_t api, int16_t version,
                           const void *request);
void broker_client_send_bytes(struct broker_client *client, const void *frame, size_t size);

/* The next answer, to a request of that api and version; false if it has not come. What it points to is good until the
 * next call. */
bool broker_client_take(struct broker_client *client, int16_t api, int16_t version,
                        void *ret_response) MUST_USE;

/* Both, for a request that is answered at once. */
void broker_client_ask(struct broker_client *client, int16_t api, int16_t version,
                       const void *request, void *ret_response);

#endif
