/* SPDX-License-Identifier: Apache-2.0 */
#include "net/post.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/endpoint.h"
#include "net/gate.h"
#include "net/zap.h"

/* A way brings in nothing but ZeroMQ's own words: a greeting, signs of life. */
#define WAY_INPUT_MAX 4096

/* Frames that find no connection for so long have it made anew: ZeroMQ gives up for ever on a peer
 * that does not speak as it should, and the next to have that port may be the right one. */
#define WAY_RENEW_NS UINT64_C(3000000000)

enum {
    POLLED_PULL,
    POLLED_WAKE,
    POLLED_WAYS, /* and the rest: one for each way */
};

struct post {
    void *zmq_context;
    struct gate *gate; /* NULL without keys */
    struct keys keys;
    struct endpoint pull;
    uint16_t port;
    uint64_t lent_count;             /* frames that were sent from where they lie */
    _Atomic uint64_t returned_count; /* of these; by any thread */
    zmq_msg_t held;                  /* what post_receive() has lent */
    bool is_holding;
    struct pollfd *polled; /* POLLED_WAYS + way_count */
    struct post_way **ways;
    size_t way_count;
    size_t way_capacity;
};

/* Bytes that ZeroMQ holds and that are not its own. What the sender did before post_send_from() is
 * seen by `release`, and what that did is seen after post_close(): by atomics of our own, `post`
 * here and returned_count, for ThreadSanitizer does not see those inside ZeroMQ. */
struct loan {
    _Atomic(struct post *) post; /* written last and read first */
    void (*release)(void *bytes, void *context);
    void *context;
};

struct post_way {
    struct post *post;
    struct endpoint push;
    size_t index;     /* in ways */
    uint64_t lost_ns; /* since when frames are dropped; 0: the last one was taken */
};

/* ---- life ---- */

static void make_room(struct post *post, size_t capacity)
{
    post->polled = mem_resize(post->polled, POLLED_WAYS + capacity, sizeof *post->polled);
    post->ways = mem_resize(post->ways, capacity, sizeof(struct post_way *));
    post->way_capacity = capacity;
}

/* No high-water marks. They count messages of any size, and one that is reached holds up credits
 * and acks behind data, which is how workers come to wait for each other in a circle. Whoever sends
 * data has credit for it from the receiver, and that is the limit. */
static enum err bind_pull(struct post *post, const struct post_options *options,
                          struct error *error)
{
    const struct endpoint_options pull = {
        .type = ZMQ_PULL,
        .part_bytes_max = options->frame_bytes_max,
        .side = ENDPOINT_LISTENS,
        .keys = options->keys,
    };
    enum err err = ERR_OK;
    char address[ADDRESS_HOST_MAX + sizeof "[]:65535"];
    bool is_ipv6 = strchr(options->host, ':') != NULL;
    int size = snprintf(address, sizeof address, is_ipv6 ? "[%s]:%u" : "%s:%u", options->host,
                        (unsigned)options->port);

    if (size < 0 || (size_t)size >= sizeof address)
        return error_set(error, ERR_INVALID, "'%s' is no host: it is too long", options->host);
    post->zmq_context = endpoint_context_new();
    if (options->keys != NULL && post->zmq_context != NULL)
        err = gate_open(post->zmq_context, options->keys, &post->gate, error);
    if (err == ERR_OK)
        err = endpoint_open(post->zmq_context, &pull, &post->pull, error);
    if (err != ERR_OK)
        return err;
    return endpoint_bind(&post->pull, address, &post->port, error);
}

enum err post_open(const struct post_options *options, struct post **ret_post, struct error *error)
{
    AUTO(post_close) struct post *post = NEW(struct post);

    enum err err = bind_pull(post, options, error);
    if (err != ERR_OK)
        return err;
    if (options->keys != NULL)
        post->keys = *options->keys;
    make_room(post, 1);
    post->polled[POLLED_PULL] = (struct pollfd){.fd = post->pull.fd, .events = POLLIN};
    post->polled[POLLED_WAKE] = (struct pollfd){.fd = options->wake_fd, .events = POLLIN};
    *ret_post = TAKE(post);
    return ERR_OK;
}

static void put_back(struct post *post)
{
    if (post->is_holding)
        (void)zmq_msg_close(&post->held);
    post->is_holding = false;
}

/* The context is gone only when every message is. */
void post_close(struct post **post)
{
    struct post *closed = *post;

    if (closed == NULL)
        return;
    ASSERT(closed->way_count == 0);
    put_back(closed);
    endpoint_close(&closed->pull);
    gate_close(&closed->gate);
    keys_wipe(&closed->keys);
    endpoint_context_destroy(&closed->zmq_context);
    ASSERT(atomic_load(&closed->returned_count) == closed->lent_count);
    free(closed->polled);
    free(closed->ways);
    free(closed);
    *post = NULL;
}

uint16_t post_port(const struct post *post)
{
    return post->port;
}

uint64_t post_refused(const struct post *post)
{
    return post->gate == NULL ? 0 : gate_refused(post->gate);
}

/* ---- ways ---- */

static void add_way(struct post *post, struct post_way *way)
{
    if (post->way_count == post->way_capacity)
        make_room(post, post->way_capacity * 2);
    way->index = post->way_count++;
    post->ways[way->index] = way;
    post->polled[POLLED_WAYS + way->index] = (struct pollfd){.fd = way->push.fd, .events = POLLIN};
}

/* The last takes its place. */
static void remove_way(struct post *post, const struct post_way *way)
{
    struct post_way *last = post->ways[--post->way_count];

    post->ways[way->index] = last;
    post->polled[POLLED_WAYS + way->index] = post->polled[POLLED_WAYS + post->way_count];
    last->index = way->index;
}

/* Frames for a worker that is not there are dropped: its peers greet it again and again, and then
 * send again what it has not received. To keep them would be to keep them without end. */
enum err post_connect(struct post *post, const char *address, struct post_way **ret_way,
                      struct error *error)
{
    const struct endpoint_options push = {
        .type = ZMQ_PUSH,
        .part_bytes_max = WAY_INPUT_MAX,
        .connected_only = true,
        .side = ENDPOINT_CONNECTS,
        .keys = post->gate == NULL ? NULL : &post->keys,
    };
    struct endpoint endpoint;

    if (post->way_count == POST_WAYS_MAX)
        return error_set(error, ERR_LIMIT, "cannot connect to '%s': there are %d ways already",
                         address, POST_WAYS_MAX);
    enum err err = endpoint_open(post->zmq_context, &push, &endpoint, error);
    if (err != ERR_OK)
        return err;
    err = endpoint_connect(&endpoint, address, error);
    if (err != ERR_OK) {
        endpoint_close(&endpoint);
        return err;
    }

    struct post_way *way = NEW(struct post_way);
    *way = (struct post_way){.post = post, .push = endpoint};
    add_way(post, way);
    *ret_way = way;
    return ERR_OK;
}

void post_disconnect(struct post_way **way)
{
    if (*way == NULL)
        return;
    remove_way((*way)->post, *way);
    endpoint_close(&(*way)->push);
    free(*way);
    *way = NULL;
}

/* ---- sending ---- */

static void note_sent(struct post_way *way, bool was_taken)
{
    uint64_t now_ns;

    if (was_taken) {
        way->lost_ns = 0;
        return;
    }
    now_ns = clock_now_ns();
    if (way->lost_ns == 0)
        way->lost_ns = now_ns;
    if (now_ns - way->lost_ns < WAY_RENEW_NS)
        return;
    endpoint_connect_again(&way->push);
    way->lost_ns = now_ns;
}

void post_send(struct post_way *way, const void *head, size_t head_size, const void *payload,
               size_t payload_size)
{
    zmq_msg_t message;
    int result = zmq_msg_init_size(&message, head_size + payload_size);

    ASSERT(result == 0); /* fails only without memory */
    unsigned char *bytes = zmq_msg_data(&message);
    if (head_size > 0)
        memcpy(bytes, head, head_size);
    if (payload_size > 0)
        memcpy(bytes + head_size, payload, payload_size);
    note_sent(way, endpoint_send_message(&way->push, &message, ENDPOINT_LAST));
}

/* In a thread of ZeroMQ's, or in the call. */
static void give_back(void *bytes, void *context)
{
    struct loan *loan = context;
    struct post *post = atomic_load(&loan->post);

    loan->release(bytes, loan->context);
    free(loan);
    atomic_fetch_add(&post->returned_count, 1); /* the last time that the post is touched */
}

void post_send_from(struct post_way *way, void *bytes, size_t size,
                    void (*release)(void *bytes, void *context), void *context)
{
    struct loan *loan = NEW(struct loan);
    zmq_msg_t message;

    loan->release = release;
    loan->context = context;
    atomic_store(&loan->post, way->post);
    way->post->lent_count++;
    int result = zmq_msg_init_data(&message, bytes, size, give_back, loan);
    ASSERT(result == 0); /* fails only without memory */
    note_sent(way, endpoint_send_message(&way->push, &message, ENDPOINT_LAST));
}

/* ---- receiving ---- */

/* A way that is cut gives back what it holds only in its own thread: here. */
static void attend_to_ways(const struct post *post)
{
    for (size_t i = 0; i < post->way_count; i++) {
        if (post->polled[POLLED_WAYS + i].revents != 0)
            (void)endpoint_has_input(&post->ways[i]->push);
    }
}

void post_wait(struct post *post, uint64_t deadline_ns)
{
    while (!endpoint_has_input(&post->pull)) {
        int ready = endpoint_poll(post->polled, POLLED_WAYS + post->way_count, deadline_ns);
        if (ready <= 0)
            return; /* it is time, or a signal came */
        attend_to_ways(post);
        if (post->polled[POLLED_WAKE].revents != 0)
            return;
    }
}

/* A frame has one part, and comes from whom the gate has let in. */
static bool is_from_us(struct post *post)
{
    enum role role;

    if (!post->is_holding)
        return false;
    return post->gate == NULL ||
           (zap_read_role(zmq_msg_gets(&post->held, ZAP_USER_ID), &role) && role == ROLE_CLUSTER);
}

bool post_receive(struct post *post, const void **ret_bytes, size_t *ret_size)
{
    enum endpoint_result result;

    do {
        put_back(post);
        result = endpoint_receive(&post->pull, &post->held, 1);
        post->is_holding = result == ENDPOINT_MESSAGE;
        if (result == ENDPOINT_NOTHING)
            return false;
    } while (!is_from_us(post));
    *ret_bytes = zmq_msg_data(&post->held);
    *ret_size = zmq_msg_size(&post->held);
    return true;
}
