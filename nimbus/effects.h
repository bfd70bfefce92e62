/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core of nimbus wants done, as data: replies, work on blob files, log lines. Calls to the
 * cluster state go into a struct coord_calls beside it. The shell (nimbus/io/daemon.c) does them in
 * their order and tells results by events (nimbus/core.h). Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_EFFECTS_H
#define NIMBUS_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"
#include "wire/control.h"

/* Who asked: a number of the shell's, and that of the request, which the reply repeats. */
struct asker {
    uint64_t peer; /* 0: nobody waits */
    uint64_t id;
};

enum effect_kind {
    EFFECT_REPLY,       /* asker, text (the head; NULL: nothing is said to it), bytes */
    EFFECT_BLOB_PUT,    /* hash, offset, size_bytes (of the whole), bytes: BLOB_PUT follows */
    EFFECT_BLOB_READ,   /* hash, offset, size_bytes (at most so many): BLOB_READ follows */
    EFFECT_BLOB_LOAD,   /* hash: all of it: BLOB_LOADED follows */
    EFFECT_BLOB_FETCH,  /* hash, size_bytes, addresses: BLOB_FETCHED follows, some time later */
    EFFECT_BLOB_DELETE, /* hash */
    EFFECT_LOG,         /* level, name, text */
};

enum effect_level { /* those of base/log.h */
    EFFECT_DEBUG,
    EFFECT_INFO,
    EFFECT_WARN,
    EFFECT_ERROR,
};

enum {
    EFFECT_HASH_MAX = 65, /* with the final NUL */
};

struct effect {
    enum effect_kind kind;
    struct asker asker; /* REPLY (each request has one), BLOB_PUT, BLOB_READ */
    char *text;         /* REPLY: the head. BLOB_FETCH: addresses, ','-separated. LOG: the line */
    char hash[EFFECT_HASH_MAX];
    uint64_t offset;
    uint64_t size_bytes;
    void *bytes; /* owned */
    size_t size;
    enum effect_level level;
    const char *name; /* LOG: of the event; a constant */
};

/* A queue that owns what its effects point to. Zero is empty. */
struct effects {
    struct effect *items;
    size_t begin;
    size_t end;
    size_t capacity;
};

void effects_done(struct effects *effects);

/* Takes over what the effect points to. */
void effects_push(struct effects *effects, struct effect effect);

/* The oldest, to be freed with effect_done(); false if there is none. */
bool effects_pop(struct effects *effects, struct effect *ret_effect) MUST_USE;
void effect_done(struct effect *effect);

/* Takes `ok` over. Nothing if nobody waits. */
void effects_answer(struct effects *effects, struct asker asker, json_t *ok);
void effects_answer_bytes(struct effects *effects, struct asker asker, json_t *ok,
                          const void *bytes, size_t size);
void effects_complain(struct effects *effects, struct asker asker,
                      const struct control_fault *fault);
void effects_refuse(struct effects *effects, struct asker asker, enum control_code code,
                    const char *format, ...) PRINTF_LIKE(4, 5);

void effects_log(struct effects *effects, enum effect_level level, const char *name,
                 const char *format, ...) PRINTF_LIKE(4, 5);

/* The effect with the hash in it, for effects_push(). */
struct effect effect_of_blob(enum effect_kind kind, const char *hash);

#endif
