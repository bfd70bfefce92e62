/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs, which are plans and .so files by the SHA-256 of their content: which are held here, which are
 * being uploaded or fetched, who holds the others, and which nobody needs any more.
 *
 *   file here  node there, and we are in it   then
 *   yes        yes                            good
 *   yes        no                             we enter ourselves, if a topology or an upload needs it;
 *                                             otherwise the file goes
 *   no         yes                            we take ourselves out: the file was lost
 *   no         no                             if a topology needs it, it is fetched from a holder
 *
 * A blob that no topology refers to is deleted by the leader after a delay: first its node, at which
 * whoever holds the file deletes it. Somebody may be about to submit a topology, so every upload of a
 * blob, also of one that is there, begins the delay anew.
 *
 * Uploads: one for each blob, continued by whoever knows the hash, dropped after UPLOAD_IDLE. Pure;
 * belongs to its owner's thread, and to the owner's switchboard.
 */
#ifndef NIMBUS_BLOBS_H
#define NIMBUS_BLOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/fence.h"
#include "coord/switchboard.h"
#include "nimbus/effects.h"
#include "nimbus/registry.h"

struct blobs;

enum {
    BLOBS_UPLOADS_MAX = 64, /* at a time */
    BLOBS_HASH_SIZE = 64,   /* hexadecimal digits */
    BLOBS_WRITES_MAX = 16,  /* of nodes, under way */
};

struct blobs_options {
    const char *nimbus; /* our id */
    uint64_t bytes_max; /* of a blob */
    uint64_t deletion_delay_ms;
};

struct blobs *blobs_new(const struct blobs_options *options, struct switchboard *board,
                        struct coord_calls *calls) MUST_USE;
void blobs_destroy(struct blobs **blobs);

bool blobs_hash_is_valid(const char *hash);

/* The file is here: told at the start, and after a fetch. */
void blobs_hold(struct blobs *blobs, const char *hash, uint64_t size_bytes, uint64_t now_ns);

/* It is not, though it was expected. */
void blobs_lose(struct blobs *blobs, const char *hash);

bool blobs_is_held(const struct blobs *blobs, const char *hash, uint64_t *ret_size_bytes);

/* Held, and the cluster state says so; no write of its node is under way. */
bool blobs_is_entered(const struct blobs *blobs, const char *hash);

/* Somebody is about to refer to it: if it is here, it stays for some time. */
void blobs_want(struct blobs *blobs, const char *hash, uint64_t now_ns);

/* Takes part in the upload of a blob (see op blob.put). Answers, or asks for work on its file. */
struct blobs_chunk {
    const char *hash;
    uint64_t size_bytes; /* of the whole */
    uint64_t offset;
    const void *bytes;
    size_t size;
};
void blobs_put(struct blobs *blobs, struct asker asker, const struct blobs_chunk *chunk,
               uint64_t now_ns, struct effects *effects);

/* What became of that work: `have` bytes are in the file, which is whole and verified if
 * `is_done`. With a fault nothing is left of it. */
struct blobs_result {
    const char *hash;
    uint64_t have;
    bool is_done;
    struct control_fault fault; /* CONTROL_OK */
};
void blobs_took(struct blobs *blobs, struct asker asker, const struct blobs_result *result,
                uint64_t now_ns, struct effects *effects);

/* A fetch has ended, well or not. */
void blobs_fetched(struct blobs *blobs, const char *hash, bool is_good, uint64_t now_ns,
                   struct effects *effects);

/* The content of a blob that is held here, for this turn; NULL: it will be there in a later turn. */
const char *blobs_text(struct blobs *blobs, const char *hash, size_t *ret_size,
                       struct effects *effects);
void blobs_loaded(struct blobs *blobs, const char *hash, const void *bytes, size_t size);
void blobs_forget_texts(struct blobs *blobs);

/* Once after each event. `fence` is that of a leader who acts, else NULL. */
struct blobs_view {
    const struct registry *registry;
    const struct fence *fence;
    bool is_complete; /* all copies are */
    uint64_t now_ns;
};
void blobs_turn(struct blobs *blobs, const struct blobs_view *view, struct coord_calls *calls,
                struct effects *effects);

bool blobs_is_complete(const struct blobs *blobs);

/* Whether all that topologies refer to are held here; otherwise *ret_missing is one that is not. */
bool blobs_has_all(struct blobs *blobs, const struct registry *registry, const char **ret_missing);

#endif
