/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four-letter words, by which monitors ask a ZooKeeper server how it is: four bytes instead of
 * a frame, answered by text. The server gathers the facts, here they are put into the shape that
 * ZooKeeper 3.8 gives them, as far as they are true of this server.
 *
 * Watches are those of both tables (ZooKeeper's wchs, wchc and wchp forget the child watches). Lists
 * that get too long are cut off. Pure; any thread.
 */
#ifndef COORD_SERVER_WORDS_H
#define COORD_SERVER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "coord/server/watch.h"

enum {
    WORDS_SIZE = 4,                     /* of a word */
    WORDS_ANSWER_MAX = 8 * 1024 * 1024, /* bytes; a list ends with the item that goes beyond it */
};

/* Shown in ms, the average with four places. */
struct words_latency {
    uint64_t min_us;
    uint64_t max_us;
    uint64_t total_us;
    uint64_t count;
};

struct words_connection {
    const char *address; /* without port */
    uint16_t port;
    bool is_read; /* requests of it are taken at the moment */
    uint64_t queued;
    uint64_t received;
    uint64_t sent;
    int64_t session_id; /* 0: none, and what follows does not count */
    int32_t last_op;    /* enum message_op; 0 if only the session was opened */
    int32_t last_xid;   /* negative: none yet */
    int64_t last_zxid;
    int64_t established_ms; /* wall clock */
    uint32_t timeout_ms;
    uint64_t last_response_ms; /* monotonic clock */
    uint64_t last_latency_us;
    struct words_latency latency;
};

struct words_session {
    int64_t id;
    int64_t expires_ms; /* wall clock */
};

/* Of an ephemeral node, or of a watch. */
struct words_path {
    int64_t session_id;
    const char *path;
    size_t path_size;
};

/* Where a walk is; zero at the start. What is in it is the matter of those who give the lists. */
struct words_cursor {
    const void *outer;
    const void *inner;
};

/* Each returns the next item, or false at the end. May be NULL for an empty list. What an item
 * borrows stays until the next one is asked for; paths of next_watch_of_path to the end. */
struct words_lists {
    const void *context;
    bool (*next_connection)(const void *context, struct words_cursor *cursor,
                            struct words_connection *ret_connection);
    bool (*next_session)(const void *context, struct words_cursor *cursor,
                         struct words_session *ret_session);
    /* Grouped by session. */
    bool (*next_ephemeral)(const void *context, struct words_cursor *cursor,
                           struct words_path *ret_path);
    bool (*next_watch_of_session)(const void *context, struct words_cursor *cursor,
                                  struct words_path *ret_path);
    /* Grouped by path. */
    bool (*next_watch_of_path)(const void *context, struct words_cursor *cursor,
                               struct words_path *ret_path);
};

/* Of texts NULL is unknown. */
struct words_facts {
    const char *allowed; /* see words_allow() */
    const char *version; /* clients read the numbers that it begins with: "3.8.0-gale-..." */
    const char *mode;    /* "standalone" */
    bool is_read_only;   /* writes are refused */
    uint64_t uptime_ms;
    struct words_latency latency; /* of requests */
    struct words_latency commit;  /* of commits to disk */
    uint64_t received;
    uint64_t sent;
    uint64_t outstanding;
    int64_t zxid;
    size_t connections;
    size_t sessions;
    size_t nodes;
    size_t ephemerals;
    uint64_t data_size; /* bytes of paths and data in memory */
    struct watch_counts watches;
    int64_t files_open; /* descriptors; negative: unknown */
    int64_t files_max;
    uint64_t sessions_expired; /* since the start, as the rest of these */
    uint64_t connections_refused;
    uint64_t auth_failures;

    const char *data_folder;
    uint64_t data_folder_size; /* bytes */
    uint16_t port;
    uint32_t tick_ms;
    uint32_t timeout_min_ms;
    uint32_t timeout_max_ms;
    size_t connections_per_address_max; /* 0: no limit */

    const char *host_name;
    const char *os_name;
    const char *os_architecture;
    const char *os_version;
    const char *user_name;
    const char *user_home;
    const char *working_folder;

    struct words_lists lists;
};

/* Whether the first bytes of a connection are one of ZooKeeper's words. */
bool words_is_known(const char word[WORDS_SIZE]);

/* Whether the answer tells of the machine: these facts cost some time to gather. */
bool words_needs_machine(const char word[WORDS_SIZE]);

/* Whether the list, words with commas between or "*", has the word. `srvr` is in every list. */
bool words_allow(const char *list, const char word[WORDS_SIZE]);

/* Appends the answer, also if it is that the word is not allowed. False if it is no word. */
bool words_answer(const char word[WORDS_SIZE], const struct words_facts *facts, struct text *out);

#endif
