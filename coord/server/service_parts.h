/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the service, for its own files alone: service.c (life, looking in),
 * service_peer.c (connections, output), service_batch.c (what is made durable, or is not),
 * service_session.c (handshake, ends of sessions), service_dispatch.c (which request is answered by
 * whom), service_read.c, service_write.c, service_multi.c, service_watch.c.
 */
#ifndef COORD_SERVER_SERVICE_PARTS_H
#define COORD_SERVER_SERVICE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "coord/protocol/reply.h"
#include "coord/protocol/request.h"
#include "coord/server/service.h"

/* When what is put to a peer may leave: see the top of service.h. */
enum service_stage {
    SERVICE_FLIGHT, /* after the commit under way */
    SERVICE_OPEN,   /* after the one to come */
    SERVICE_STAGES, /* number of those that wait */
    SERVICE_NOW = SERVICE_STAGES,
};

struct service_peer {
    uint64_t number; /* never used again */
    void *context;
    struct list_node by_age;
    struct list_node in_outputs;              /* has something to be sent, or is to be closed */
    struct list_node in_held[SERVICE_STAGES]; /* is owed something in that stage */
    struct text held[SERVICE_STAGES];
    struct text ready;
    struct acl_identities identities;
    struct session *session; /* NULL before the handshake, and once it is over */
    bool is_leaving;         /* to be closed when nothing is held; input is ignored */
    bool is_greeted;         /* the answer to its handshake is not held any more */
    uint16_t port;
    uint32_t timeout_ms;
    uint32_t queued; /* replies held */
    int32_t last_op;
    int32_t last_xid;
    int64_t last_zxid;
    uint64_t received;
    uint64_t sent;
    uint64_t established_us;
    uint64_t asked_us;    /* the last request */
    uint64_t answered_us; /* the last answer that left */
    uint64_t last_latency_us;
    struct service_latency latency;
    char address[64];
};

/* A session that was opened or closed since the last seal, or the one before. */
struct service_session_change {
    int64_t id;
    uint32_t timeout_ms;
    bool was_opened;
    bool is_firm; /* opened while the disk was full: stays if the commit fails again */
};

struct service_session_changes {
    struct service_session_change *items;
    size_t count;
    size_t capacity;
};

/* Something that watchers are told when the request as a whole has succeeded. */
struct service_change {
    enum message_event event;
    uint32_t acl;      /* of the node that the event is about */
    size_t path_begin; /* in service.changed_paths */
    size_t path_size;
};

struct service {
    struct service_options options;
    struct tree *tree;
    struct acls *acls;
    struct sessions *sessions; /* NULL until the secret is known */
    struct watches *watches;

    struct list peers;
    struct list outputs;
    struct list held[SERVICE_STAGES];
    struct service_peer **numbers; /* peers by the lower half of their number */
    size_t numbers_capacity;
    uint32_t numbers_free; /* a place that is likely free */
    uint32_t generation;

    uint64_t now_us;
    int64_t wall_ms;
    uint64_t next_reap_us;
    uint32_t reap_cursor;

    int64_t zxid_applied;
    int64_t zxid_sealed;
    int64_t zxid_durable;
    uint64_t mark_sealed; /* of the tree's journal */
    size_t batch_bytes;   /* came in and will go out with the batch that is being filled */
    bool is_committing;
    bool is_read_only;
    struct service_session_changes session_changes[SERVICE_STAGES];

    struct service_change *changes; /* of the request at hand */
    size_t change_count;
    size_t change_capacity;
    struct text changed_paths;
    struct watch_hits hits;
    struct text scratch; /* an event, a resolved ACL */
    struct text path;    /* that of a created node */
    struct text parts;   /* the results of a multi */

    struct service_counts counts;
    uint64_t held_count[SERVICE_STAGES];
    uint64_t held_since_total_us[SERVICE_STAGES]; /* sum of their arrivals */
    uint64_t held_oldest_us[SERVICE_STAGES];
};

/* ---- Output (service_peer.c) -------------------------------------------------------------------- */

/* When an answer that was decided now may leave. */
enum service_stage service_stage(const struct service *service);

/* Where the answer to the request at hand is written. */
struct text *service_begin_answer(struct service *service, struct service_peer *peer);

/* What is written there leaves at once, before anything that is held. */
struct text *service_ready(struct service *service, struct service_peer *peer);

/* Where an event for the peer is written; the same, but it answers nothing. */
struct text *service_begin_event(struct service *service, struct service_peer *peer);

/* The same, with the header of a good answer: the body follows, and reply_end(out, *ret_begin). */
struct text *service_begin_body(struct service *service, struct service_peer *peer,
                                const struct request *request, size_t *ret_begin);

/* An answer without a body. */
void service_answer(struct service *service, struct service_peer *peer,
                    const struct request *request, enum coord_error error);

/* Closes the connection when all that is held has left; forgets its session and its input. */
void service_leave(struct service *service, struct service_peer *peer);

void service_want_output(struct service *service, struct service_peer *peer);
void service_leave_list(struct list_node *node); /* if it is in one */

/* The peer has no session any more, and no watches. */
void service_let_go(struct service *service, struct service_peer *peer);

/* Something that was held for the peer leaves now. */
void service_note_answer(struct service *service, struct service_peer *peer);
void service_add_latency(struct service_latency *latency, uint64_t us);

/* Closes it at once: what is held for it is dropped. */
void service_cut_off(struct service *service, struct service_peer *peer);

struct service_session_change *service_note_session(struct service *service,
                                                    const struct session *session);

/* The header of a good answer. */
struct reply_header service_header(const struct service *service, const struct request *request);

/* ---- Sessions (service_session.c) ---------------------------------------------------------- */

void service_handshake(struct service *service, struct service_peer *peer, const void *frame,
                       size_t size);

/* Ends the session: its ephemerals go, watchers are told, its peer leaves. */
void service_end_session(struct service *service, struct session *session);

void service_close_session(struct service *service, struct service_peer *peer,
                           const struct request *request);
void service_auth(struct service *service, struct service_peer *peer,
                  const struct request *request);
void service_ping(struct service *service, struct service_peer *peer,
                  const struct request *request);

/* ---- Requests ------------------------------------------------------------------------------ */

/* The node of a path as reads see it: the empty path is the root. TREE_NONE if there is none. */
uint32_t service_find_node(const struct service *service, struct jute_bytes path);

bool service_allows(const struct service *service, const struct service_peer *peer, uint32_t acl,
                    int32_t permissions);

/* Each answers one operation. (service_read.c) */
void service_exists(struct service *service, struct service_peer *peer,
                    const struct request *request);
void service_get_data(struct service *service, struct service_peer *peer,
                      const struct request *request);
void service_get_acl(struct service *service, struct service_peer *peer,
                     const struct request *request);
void service_get_children(struct service *service, struct service_peer *peer,
                          const struct request *request);
void service_get_ephemerals(struct service *service, struct service_peer *peer,
                            const struct request *request);
void service_count_descendants(struct service *service, struct service_peer *peer,
                               const struct request *request);
void service_who_am_i(struct service *service, struct service_peer *peer,
                      const struct request *request);
void service_sync(struct service *service, struct service_peer *peer,
                  const struct request *request);
void service_multi_read(struct service *service, struct service_peer *peer,
                        const struct request *request);

/* What a write leaves for its answer. */
struct service_written {
    uint32_t slot;  /* TREE_NONE after a delete or check */
    int32_t result; /* the op whose result it has: MESSAGE_CREATE has a path, ... */
};

/* Checks and applies one write to the tree, without an answer and without telling watchers; what is
 * to be told is in service.changes. A path that was created is in service.path. (service_write.c) */
enum coord_error service_write_one(struct service *service, struct service_peer *peer,
                                   const struct request *request, bool is_part,
                                   struct service_written *ret_written);

/* Appends the body of the answer to a write: the path, the stat, or nothing. */
void service_put_written(const struct service *service, const struct service_written *written,
                         struct text *out);

void service_write(struct service *service, struct service_peer *peer,
                   const struct request *request);

/* (service_multi.c) */
void service_multi(struct service *service, struct service_peer *peer,
                   const struct request *request);

/* ---- Watches (service_watch.c) ------------------------------------------------------------- */

/* Remembers that the node's watchers must be told; after a create or delete the parent's too. */
void service_note_change(struct service *service, enum message_event event, uint32_t slot,
                         uint32_t acl);
void service_note_children_change(struct service *service, uint32_t parent);

/* Tells all that was noted, in its order; or forgets it. */
void service_tell_changes(struct service *service);
void service_drop_changes(struct service *service);

/* For reads with a watch: COORD_QUOTA_EXCEEDED if there are too many. */
enum coord_error service_watch(struct service *service, const struct service_peer *peer,
                               struct jute_bytes path, enum watch_table table);

void service_set_watches(struct service *service, struct service_peer *peer,
                         const struct request *request);
void service_add_watch(struct service *service, struct service_peer *peer,
                       const struct request *request);
void service_check_watches(struct service *service, struct service_peer *peer,
                           const struct request *request);
void service_remove_watches(struct service *service, struct service_peer *peer,
                            const struct request *request);

#endif
