/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids are made as ZooKeeper makes them: in the top byte the number of the server, here always 1,
 * below it 40 bits of the clock in ms and 16 bits of zeros, counting up from there. So a server that
 * starts again does not give an id twice as long as it opened less than 65536 sessions for each ms
 * of its life, and no id is 0 or one of the owners that mark containers and TTL nodes.
 *
 * Sessions wait in a ring of buckets, one for each tick in which they are due. A session whose
 * timeout is longer than the ring stays in its bucket for some rounds. What is due moves to a list
 * of its own, from which it is found.
 */
#include "coord/server/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/mem.h"
#include "coord/server/digest.h"
#include "coord/server/table.h"

enum {
    BUCKETS = 64, /* more than the longest timeout has ticks, as long as it is 20 of them */
    CLOCK_SHIFT = 16,
};

#define ID_OF_SERVER (UINT64_C(1) << 56)
#define ID_MASK      (ID_OF_SERVER - 1)

struct entry {
    struct session session;
    struct table_node by_id;
    struct list_node by_age;
    struct list_node by_deadline; /* of a bucket or of `due`; in none if it is closing */
    uint64_t deadline_tick;
};

struct sessions {
    struct session_options options;
    unsigned char secret[SESSION_SECRET_SIZE];
    struct table by_id;
    struct list by_age;
    struct list buckets[BUCKETS]; /* due at tick t: buckets[t % BUCKETS] */
    struct list due;
    uint64_t next_id; /* without the server's number */
    uint64_t time_ms; /* last told */
    uint64_t clock_ms;
    uint64_t tick; /* all buckets up to this one were looked through */
    bool has_time;
};

static struct entry *entry_of(const struct session *session)
{
    return CONTAINER_OF(session, struct entry, session);
}

struct sessions *sessions_new(const struct session_options *options,
                              const unsigned char secret[SESSION_SECRET_SIZE])
{
    ASSERT(options->tick_ms > 0);
    ASSERT(options->stall_ms > 0);
    ASSERT(options->timeout_min_ms <= options->timeout_max_ms);
    ASSERT(options->timeout_max_ms <= INT32_MAX);

    struct sessions *sessions = NEW(struct sessions);
    sessions->options = *options;
    memcpy(sessions->secret, secret, SESSION_SECRET_SIZE);
    list_init(&sessions->by_age);
    list_init(&sessions->due);
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&sessions->buckets[i]);
    return sessions;
}

void sessions_destroy(struct sessions **sessions)
{
    if (*sessions == NULL)
        return;
    struct session *session = sessions_next(*sessions, NULL);
    while (session != NULL) {
        sessions_remove(*sessions, session);
        session = sessions_next(*sessions, NULL);
    }
    table_done(&(*sessions)->by_id);
    free(*sessions);
    *sessions = NULL;
}

/* ---- time ----------------------------------------------------------------------------------- */

void sessions_set_time(struct sessions *sessions, uint64_t now_ms)
{
    ASSERT(now_ms >= sessions->time_ms);

    if (sessions->has_time) {
        uint64_t gap_ms = now_ms - sessions->time_ms;
        uint64_t stall_ms = sessions->options.stall_ms;
        sessions->clock_ms += gap_ms < stall_ms ? gap_ms : stall_ms;
    }
    sessions->time_ms = now_ms;
    sessions->has_time = true;
}

/* Puts it into the bucket of its deadline: the end of the tick in which its timeout ends. */
static void schedule(struct sessions *sessions, struct entry *entry)
{
    uint64_t end_ms = sessions->clock_ms + entry->session.timeout_ms;
    uint64_t tick = end_ms / sessions->options.tick_ms + 1;

    if (list_has_node(&entry->by_deadline)) {
        if (entry->deadline_tick == tick)
            return; /* the usual case: most requests come within the tick of another */
        list_remove(&entry->by_deadline);
    }
    entry->deadline_tick = tick;
    list_push_last(&sessions->buckets[tick % BUCKETS], &entry->by_deadline);
}

static void collect_bucket(struct sessions *sessions, struct list *bucket, uint64_t tick)
{
    struct list_node *next = NULL;

    for (struct list_node *node = list_first(bucket); node != NULL; node = next) {
        next = list_next(bucket, node);
        if (CONTAINER_OF(node, struct entry, by_deadline)->deadline_tick > tick)
            continue; /* due in a later round */
        list_remove(node);
        list_push_last(&sessions->due, node);
    }
}

/* Moves all that is due by now to the list of what is due. */
static void collect_due(struct sessions *sessions)
{
    uint64_t tick = sessions->clock_ms / sessions->options.tick_ms;

    if (tick - sessions->tick > BUCKETS)
        sessions->tick = tick - BUCKETS; /* a whole round sees every bucket */
    while (sessions->tick < tick) {
        sessions->tick++;
        collect_bucket(sessions, &sessions->buckets[sessions->tick % BUCKETS], tick);
    }
}

struct session *sessions_find_expired(struct sessions *sessions)
{
    collect_due(sessions);

    struct list_node *node = list_first(&sessions->due);
    while (node != NULL) {
        struct entry *entry = CONTAINER_OF(node, struct entry, by_deadline);
        if (!entry->session.is_closing)
            return &entry->session;
        list_remove(node); /* it has no deadline any more */
        node = list_first(&sessions->due);
    }
    return NULL;
}

/* The first tick that has something in its bucket, at most BUCKETS ahead. */
static uint64_t next_tick(const struct sessions *sessions)
{
    uint64_t tick = sessions->tick + 1;

    while (tick < sessions->tick + BUCKETS && list_is_empty(&sessions->buckets[tick % BUCKETS]))
        tick++;
    return tick;
}

/* How long it is until the end of the tick by the session clock; 0 if it is over. */
static uint64_t time_until(const struct sessions *sessions, uint64_t tick)
{
    uint64_t due_ms = tick * sessions->options.tick_ms;

    return due_ms > sessions->clock_ms ? due_ms - sessions->clock_ms : 0;
}

uint64_t sessions_deadline_ms(const struct sessions *sessions)
{
    if (sessions->by_id.count == 0)
        return UINT64_MAX;
    if (!list_is_empty(&sessions->due))
        return sessions->time_ms;

    uint64_t wait_ms = time_until(sessions, next_tick(sessions));
    uint64_t believed_ms = (sessions->options.stall_ms + UINT64_C(1)) / 2;
    return sessions->time_ms + (wait_ms < believed_ms ? wait_ms : believed_ms);
}

uint64_t sessions_left_ms(const struct sessions *sessions, const struct session *session)
{
    return session->is_closing ? 0 : time_until(sessions, entry_of(session)->deadline_tick);
}

/* ---- sessions ------------------------------------------------------------------------------- */

uint32_t sessions_negotiate(const struct sessions *sessions, int32_t asked_ms)
{
    const struct session_options *options = &sessions->options;
    uint32_t timeout_ms = asked_ms < 0 ? 0 : (uint32_t)asked_ms;

    if (timeout_ms < options->timeout_min_ms)
        return options->timeout_min_ms;
    return timeout_ms > options->timeout_max_ms ? options->timeout_max_ms : timeout_ms;
}

void sessions_start_ids(struct sessions *sessions, uint64_t wall_ms)
{
    sessions->next_id = (wall_ms << CLOCK_SHIFT) & ID_MASK;
}

static int64_t next_free_id(struct sessions *sessions)
{
    int64_t id = 0;

    do {
        id = (int64_t)(ID_OF_SERVER | sessions->next_id);
        sessions->next_id = (sessions->next_id + 1) & ID_MASK;
    } while (sessions_find(sessions, id) != NULL);
    return id;
}

static struct session *add(struct sessions *sessions, int64_t id, uint32_t timeout_ms)
{
    struct entry *entry = NEW(struct entry);

    entry->session = (struct session){.id = id, .timeout_ms = timeout_ms};
    table_put(&sessions->by_id, &entry->by_id, table_hash_number((uint64_t)id));
    list_push_last(&sessions->by_age, &entry->by_age);
    schedule(sessions, entry);
    return &entry->session;
}

struct session *sessions_open(struct sessions *sessions, uint32_t timeout_ms)
{
    if (sessions->by_id.count >= sessions->options.sessions_max)
        return NULL;
    return add(sessions, next_free_id(sessions), timeout_ms);
}

struct session *sessions_restore(struct sessions *sessions, int64_t id, uint32_t timeout_ms)
{
    if (id == 0 || sessions_find(sessions, id) != NULL)
        return NULL;
    return add(sessions, id, timeout_ms);
}

struct session *sessions_find(struct sessions *sessions, int64_t id)
{
    struct table_node *node = table_find(&sessions->by_id, table_hash_number((uint64_t)id));

    for (; node != NULL; node = table_next(node)) {
        struct entry *entry = CONTAINER_OF(node, struct entry, by_id);
        if (entry->session.id == id)
            return &entry->session;
    }
    return NULL;
}

void sessions_touch(struct sessions *sessions, struct session *session)
{
    if (!session->is_closing)
        schedule(sessions, entry_of(session));
}

void sessions_set_timeout(struct sessions *sessions, struct session *session, uint32_t timeout_ms)
{
    session->timeout_ms = timeout_ms;
    sessions_touch(sessions, session);
}

void sessions_remove(struct sessions *sessions, struct session *session)
{
    struct entry *entry = entry_of(session);

    table_remove(&sessions->by_id, &entry->by_id);
    list_remove(&entry->by_age);
    if (list_has_node(&entry->by_deadline))
        list_remove(&entry->by_deadline);
    free(entry);
}

size_t sessions_count(const struct sessions *sessions)
{
    return sessions->by_id.count;
}

struct session *sessions_next(struct sessions *sessions, const struct session *session)
{
    struct list_node *node = NULL;

    if (session == NULL)
        node = list_first(&sessions->by_age);
    else
        node = list_next(&sessions->by_age, &entry_of(session)->by_age);
    return node == NULL ? NULL : &CONTAINER_OF(node, struct entry, by_age)->session;
}

/* ---- passwords ------------------------------------------------------------------------------ */

void sessions_password(const struct sessions *sessions, int64_t id,
                       unsigned char ret_password[MESSAGE_PASSWORD_SIZE])
{
    unsigned char message[sizeof id];
    unsigned char hash[DIGEST_HMAC_SIZE];

    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (unsigned char)((uint64_t)id >> (56 - 8 * i));
    digest_hmac((struct digest_bytes){sessions->secret, SESSION_SECRET_SIZE},
                (struct digest_bytes){message, sizeof message}, hash);
    memcpy(ret_password, hash, MESSAGE_PASSWORD_SIZE);
}

bool sessions_knows_password(const struct sessions *sessions, int64_t id, const void *password,
                             size_t size)
{
    unsigned char expected[MESSAGE_PASSWORD_SIZE];

    sessions_password(sessions, id, expected);
    return size == sizeof expected && digest_is_equal(password, expected, size);
}
