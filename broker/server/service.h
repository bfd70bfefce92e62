/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker behind its sockets: requests of many peers come in as frames; answers go out as bytes and
 * pieces of files, in the order of each peer's requests, whatever waits for what. It owns the topics, their
 * replicas (the logs of partitions) and the groups.
 *
 *     frame --> decode --> handler --------------------> service_answer() --> in the peer's turn --> shell
 *                             |                                ^
 *                             '--> waits: for bytes (fetch), for the disk (produce, commit),
 *                                  for other members (join, sync), or until its time is up
 *
 * Pure: the disk is behind broker/log/files.h, time is an argument, and what takes long (flush, compaction) is
 * handed out as jobs, which the shell runs on other threads. All else belongs to the broker's loop.
 */
#ifndef BROKER_SERVER_SERVICE_H
#define BROKER_SERVER_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/files.h"
#include "broker/server/options.h"
#include "broker/server/request.h"

struct catalog;
struct groups;
struct service;
struct service_peer;
struct service_job;

/* A moment, on both clocks. */
struct service_now {
    uint64_t steady_ms; /* never goes back */
    int64_t wall_ms;    /* since 1970 */
};

enum service_level {
    SERVICE_DEBUG,
    SERVICE_INFO,
    SERVICE_WARN,
    SERVICE_ERROR,
};

/* What the service wants of its shell. */
struct service_shell {
    void *shell;

    /* To be sent to a peer, behind what was sent to it before; `context` is that of
     * service_peer_new(). put_file() takes over the reference. */
    void (*put)(void *shell, void *context, const void *bytes, size_t size);
    void (*put_file)(void *shell, void *context, struct file *file, uint64_t position, size_t size);

    /* The peer broke the protocol, or wants to hear of an error in this way (acks=0). */
    void (*close)(void *shell, void *context);

    /* service_job_run() is to be called on another thread, then service_job_done(). Urgent ones do not wait for
     * the others. */
    void (*submit)(void *shell, struct service_job *job, bool is_urgent);

    /* Topics came, went or have changed. */
    void (*changed)(void *shell);

    /* Bytes that are free on the disk of the data folder. */
    uint64_t (*room)(void *shell);

    /* For the log of the process. */
    void (*tell)(void *shell, enum service_level level, const char *event, const char *text);
};

/* The options and the files outlive it; the shell's struct is copied. Seed: for ids that need not be secret. */
struct service *service_new(const struct broker_options *options, struct files *files,
                            const struct service_shell *shell, uint64_t seed) MUST_USE;

/* As a crash would leave it, if service_stop() was not called. No job is under way any more. */
void service_destroy(struct service **service);

/* Reads what the folder holds, and repairs it. Errors name the file and the place. */
enum err service_start(struct service *service, struct service_now now,
                       struct error *error) MUST_USE;

/* Makes everything durable and writes down that it is, so that the next start need not look. Nobody is served
 * any more, and no job is under way. */
enum err service_stop(struct service *service, struct error *error) MUST_USE;

/* ---- peers ---- */

struct service_address {
    const char *client_host; /* of the peer */
    const char *local_host;  /* that it reached us by, or is to reach us by */
    uint16_t local_port;
};

/* The texts of the address are copied. */
struct service_peer *service_peer_new(struct service *service,
                                      const struct service_address *address,
                                      void *context) MUST_USE;

/* It is gone: what it waits for is forgotten. */
void service_peer_destroy(struct service *service, struct service_peer **peer);

/* Whether the peer's next request should wait, as too much of it, or of all, is under way. */
bool service_must_wait(const struct service *service, const struct service_peer *peer);

/* A whole request, without its length. The bytes are borrowed for the call. */
void service_receive(struct service *service, struct service_peer *peer, const void *frame,
                     size_t size, struct service_now now);

/* ---- time and jobs ---- */

/* What is due, and what the requests of this turn have made necessary. Returns when it wants to be called again at
 * the latest, on the steady clock; UINT64_MAX for whenever. */
uint64_t service_turn(struct service *service, struct service_now now);

/* On any thread, one job at a time for each job. */
void service_job_run(struct service_job *job);

/* It was run. The job is gone after this. */
void service_job_done(struct service *service, struct service_job *job, struct service_now now);

/* The process ends before the job was run, or done: it is dropped. */
void service_job_forget(struct service *service, struct service_job *job);

/* ---- for those who look ---- */

const struct catalog *service_catalog(const struct service *service);
const struct groups *service_groups(const struct service *service);
int32_t service_leader_epoch(const struct service *service);

struct service_counts {
    uint64_t requests;        /* ever */
    uint64_t batches_in;      /* appended, ever */
    uint64_t bytes_in;        /* of batches appended, ever */
    uint64_t bytes_out;       /* of batches sent, ever */
    uint64_t batches_refused; /* ever */
    uint64_t held_bytes;      /* of requests and answers, now */
    uint64_t topics;          /* now */
    uint64_t partitions;      /* now */
    uint64_t flushes;         /* ever */
    uint64_t failed_replicas; /* now */
    bool is_full;             /* writes are refused for want of room */
};

struct service_counts service_counts(const struct service *service);

#endif
