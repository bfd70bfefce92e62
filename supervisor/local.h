/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workers say to their supervisor, over a local socket: one JSON object a message, but for figures
 * (wire/figures.h). A worker runs
 * user code, so nothing of it is believed: members have their kinds, bounds and closed lists of
 * words. Who it is that speaks is decided elsewhere. Pure; any thread.
 *
 *     {"v":1,"op":"hello","topology":ID,"slot":N,"incarnation":I,"pid":P,"version":"0.1.0"}
 *     {"op":"bound","address":"127.0.0.1:4711"}
 *     {"op":"beat","phase":"running","version":V,"drained":false,"rss_bytes":N,"cpu_ns":N,
 *      "links":N,"links_up":N}
 *     {"op":"error","component":C,"task":T,"text":"..."}
 *     {"op":"ended"}
 *     {"op":"samples","request":R,"last":false,"tuples":[{"component":C,"task":T,"stream":S,"to":C,
 *      "to_task":T,"tracked":true,"values":{FIELD:VALUE,...}},...]}
 *     {"op":"stacks","request":R,"last":true,"items":[{"thread":T,"component":C,"task":T,"doing":D,
 *      "cut":false,"frames":[{"function":F,"file":F,"line":N,"module":M,"offset":N},...]},...]}
 *     {"op":"profile","request":R,"last":true,"samples":N,"dropped":N,"ms":N,"hz":N,"items":[{"thread":T,
 *      "component":C,"task":T,"count":N,"frames":[NAME,...]},...]}
 *
 * Both may have a "fault", a text.
 */
#ifndef SUPERVISOR_LOCAL_H
#define SUPERVISOR_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

enum {
    LOCAL_MESSAGE_MAX = 128 * 1024, /* bytes */
    LOCAL_SAMPLES_MAX = 100,        /* tuples of one request, and so of one message */
    LOCAL_FOUND_MAX = 4096,         /* stacks of one request, and so of one message */
    LOCAL_PROFILE_MS_MAX = 60000,
    LOCAL_PROFILE_HZ = 99,
};

enum local_kind {
    LOCAL_HELLO,
    LOCAL_BOUND,
    LOCAL_BEAT,
    LOCAL_ERROR,
    LOCAL_ENDED,
    LOCAL_SAMPLES,
    LOCAL_STACKS,
    LOCAL_PROFILE,
};

/* Texts are borrowed from the document, which it owns. */
struct local_message {
    enum local_kind kind;
    json_t *root;

    const char *topology; /* HELLO */
    uint32_t slot;
    uint64_t incarnation;
    int64_t pid;
    const char *gale; /* the version of its program */

    const char *address; /* BOUND */

    const char *phase; /* BEAT */
    uint64_t version;  /* of the assignment; 0: none yet */
    bool drained;
    uint64_t rss_bytes;
    uint64_t cpu_ns;
    uint32_t links; /* to other workers; 0 if it does not say */
    uint32_t links_up;

    const char *component; /* ERROR */
    uint32_t task;
    const char *text;

    uint64_t request; /* SAMPLES, STACKS, PROFILE */
    bool is_last;
    json_t *
        items; /* the list of objects as above; values of tuples are no lists or objects; borrowed */
    size_t size; /* bytes of the message */

    const char *fault; /* STACKS, PROFILE; NULL: none */

    uint64_t samples; /* PROFILE */
    uint64_t dropped;
    uint64_t ms;
    uint64_t hz;
};

/* ERR_CORRUPT, ERR_LIMIT, ERR_VERSION; the error names the member. */
enum err local_decode(const char *bytes, size_t size, struct local_message *ret_message,
                      struct error *error) MUST_USE;
void local_message_done(struct local_message *message);

/* The order to a worker to answer with samples. The caller frees it. */
char *local_sample_encode(uint64_t request, const char *component, bool received,
                          uint32_t count) MUST_USE;

/* The orders to answer with the stacks of its threads, or a profile of so long. */
char *local_stacks_encode(uint64_t request) MUST_USE;
char *local_profile_encode(uint64_t request, uint32_t ms) MUST_USE;

#define LOCAL_WELCOME "{\"v\":1,\"op\":\"welcome\"}"
#define LOCAL_STOP    "{\"op\":\"stop\"}"
#define LOCAL_REOPEN  "{\"op\":\"reopen\"}"

#endif
