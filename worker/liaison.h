/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker and its supervisor tell each other, one JSON object a message (docs/protocol/local.md).
 * Pure.
 */
#ifndef WORKER_LIAISON_H
#define WORKER_LIAISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

enum {
    LIAISON_MESSAGE_MAX = 128 * 1024, /* bytes */
    LIAISON_NAME_MAX = 64,            /* bytes of a component's */
    LIAISON_SAMPLES_MAX = 100,        /* of one request */
    LIAISON_PROFILE_MS_MAX = 60000,
    LIAISON_PROFILE_HZ_MIN = 10,
    LIAISON_PROFILE_HZ_MAX = 99,
};

struct liaison_hello {
    const char *topology;
    uint32_t slot;
    uint64_t incarnation;
    uint64_t pid;
};

struct liaison_beat {
    const char *phase;
    uint64_t version; /* of the assignment */
    bool drained;     /* told not to call `next`, and nothing is open */
    uint64_t rss_bytes;
    uint64_t cpu_ns;
    uint32_t links;
    uint32_t links_up;
};

/* Texts ended by a zero byte; the caller frees them. */
char *liaison_hello(const struct liaison_hello *hello) MUST_USE;
char *liaison_bound(const char *address) MUST_USE;
char *liaison_beat(const struct liaison_beat *beat) MUST_USE;
char *liaison_error(const char *component, uint32_t task, const char *text) MUST_USE;
char *liaison_ended(void) MUST_USE;

/* `samples` are `count` texts of worker/sample.h. `is_last`: no more comes of this request. */
char *liaison_samples(uint64_t request, char *const samples[], size_t count, bool is_last) MUST_USE;

/* What was found of the threads: part of the answer to an order. */
struct liaison_found {
    const char *op; /* "stacks" or "profile" */
    uint64_t request;
    const char *const *items; /* JSON */
    size_t count;
    const char *fault; /* NULL: none */
    bool is_last;
    struct {
        uint64_t samples, dropped, ms, hz;
    } profile; /* of a profile */
};

char *liaison_found(const struct liaison_found *found) MUST_USE;

enum liaison_order {
    LIAISON_NOTHING, /* not a message that a worker knows */
    LIAISON_WELCOME,
    LIAISON_STOP,
    LIAISON_REOPEN,
    LIAISON_SAMPLE,
    LIAISON_STACKS,
    LIAISON_PROFILE,
};

struct liaison_sample {
    uint64_t request;
    char component[LIAISON_NAME_MAX + 1];
    bool received; /* what it receives, not what it emits */
    uint32_t count;
};

struct liaison_look {
    uint64_t request;
    uint32_t ms; /* of a profile, as the next */
    uint32_t hz;
};

/* What an order says more than its name. */
struct liaison_asked {
    struct liaison_sample sample; /* LIAISON_SAMPLE */
    struct liaison_look look;     /* LIAISON_STACKS, LIAISON_PROFILE */
};

enum liaison_order liaison_read(const char *message, size_t size, struct liaison_asked *ret_asked);

#endif
