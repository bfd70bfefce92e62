/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_host.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/ask.h"

#define WALL_MS INT64_C(1700000000000) /* when time begins */

enum {
    LENGTH_SIZE = 4,
    RETRY_US = 200 * 1000,
    ANSWERS_MAX_BYTES = 4 * 1024, /* waiting for a client: more, and its input waits, too */
    OUTPUT_MAX_BYTES = 8 * 1024,  /* more, and it is disconnected */
};

/* What the loop knows of a connection. */
struct guest {
    struct list_node by_age;
    struct coord_host *host;
    struct coord_link *link;
    struct service_peer *peer;
    bool is_greeted;       /* its first frame came */
    bool is_owed_greeting; /* the first frame that leaves is no reply */
};

static void plan_turn(struct coord_host *host, uint64_t at_us);

static uint64_t now_us(const struct coord_host *host)
{
    return host->agenda->now_us;
}

static void tell_time(struct coord_host *host)
{
    service_set_time(host->service, now_us(host), WALL_MS + (int64_t)(now_us(host) / 1000));
}

/* ---- looking ---- */

static void look(struct coord_host *host)
{
    if (coord_witness_look(&host->witness, host->service) && host->look != NULL)
        host->look(host->look_owner, service_tree(host->service));
}

static void expect_image(struct coord_host *host, const struct coord_image *expected,
                         const char *when)
{
    struct coord_image image = coord_witness_image(host->service);

    if (image.nodes != expected->nodes)
        coord_trace_complain(host->trace, "%s the tree is not that of zxid %" PRId64, when,
                             expected->zxid);
}

/* ---- birth and end ---- */

static struct service_options options(void)
{
    struct service_options options = service_options_default();

    options.tick_ms = COORD_HOST_TICK_MS;
    options.session_timeout_min_ms = 2 * COORD_HOST_TICK_MS;
    options.session_timeout_max_ms = 40 * COORD_HOST_TICK_MS;
    options.container_check_ms = 500;
    return options;
}

static void start_service(struct coord_host *host)
{
    struct error error;

    host->service = service_new(&host->options);
    struct store_sink sink = service_sink(host->service);
    enum err err = memory_store_load(host->store, &sink, &error);
    if (err == ERR_OK)
        err = service_start(host->service, now_us(host), WALL_MS + (int64_t)(now_us(host) / 1000),
                            &error);
    if (err != ERR_OK)
        coord_trace_complain(host->trace, "the server does not start: %s", error.text);
    ASSERT(err == ERR_OK);
    host->life++;
    host->turn_us = UINT64_MAX;
}

static void commit_now(struct coord_host *host)
{
    service_seal(host->service, &host->batch);
    memory_store_apply(host->store, &host->batch);
    batch_clear(&host->batch);
    service_committed(host->service);
    host->durable = coord_witness_image(host->service);
    host->durable.zxid = memory_store_zxid(host->store);
}

void coord_host_init(struct coord_host *host, struct coord_agenda *agenda, uint64_t seed)
{
    *host = (struct coord_host){.agenda = agenda, .trace = agenda->trace, .options = options()};
    host->witness = (struct coord_witness){.trace = agenda->trace, .tick_ms = COORD_HOST_TICK_MS};
    rng_init(&host->rng, seed);
    host->commit_us = 2000;
    host->store = memory_store_new();
    batch_init(&host->batch);
    list_init(&host->guests);
    start_service(host);
    commit_now(host);
    plan_turn(host, now_us(host));
}

static void forget_guest(struct guest *guest)
{
    list_remove(&guest->by_age);
    guest->link->to[COORD_LINK_SERVER].receiver = NULL;
    free(guest);
}

void coord_host_done(struct coord_host *host)
{
    struct list_node *node;

    while ((node = list_first(&host->guests)) != NULL)
        forget_guest(CONTAINER_OF(node, struct guest, by_age));
    service_destroy(&host->service);
    batch_done(&host->batch);
    memory_store_destroy(&host->store);
}

void coord_host_plant(struct coord_host *host, const char *const *paths, size_t count)
{
    struct service_peer *peer = service_connect(host->service, "127.0.0.1", 1, NULL);
    AUTO(text_done) struct text frame = {.size = 0};
    struct text *out;
    bool is_last;

    jute_put_int(&frame, 0);
    jute_put_long(&frame, 0);
    jute_put_int(&frame, 0);
    jute_put_long(&frame, 0);
    jute_put_bytes(&frame, (struct jute_bytes){"", 0});
    service_receive(host->service, peer, text_data(&frame), text_size(&frame));
    for (size_t i = 0; i < count; i++) {
        struct ask ask = {.op = MESSAGE_CREATE, .path = paths[i]};
        text_clear(&frame);
        ask_put(&ask, (int32_t)i + 1, &frame);
        service_receive(host->service, peer, text_data(&frame), text_size(&frame));
    }
    commit_now(host);
    while (service_next_output(host->service, &out, &is_last) != NULL)
        text_done(out);
    service_disconnect(host->service, peer);
    look(host);
}

/* ---- input ---- */

bool coord_host_accept(struct coord_host *host, struct coord_link *link)
{
    if (host->service == NULL)
        return false;
    struct guest *guest = NEW(struct guest);
    guest->host = host;
    guest->link = link;
    guest->is_owed_greeting = true;
    link->to[COORD_LINK_SERVER].receiver = guest;
    list_push_last(&host->guests, &guest->by_age);
    return true;
}

static void drop_guest(struct guest *guest)
{
    if (guest->peer != NULL)
        service_disconnect(guest->host->service, guest->peer);
    coord_link_close(guest->link, COORD_LINK_SERVER);
    forget_guest(guest);
}

static bool must_wait(const struct guest *guest)
{
    size_t held = guest->peer == NULL ? 0 : service_waiting_bytes(guest->peer);

    return service_is_congested(guest->host->service) ||
           coord_link_waiting(guest->link, COORD_LINK_CLIENT) + held > ANSWERS_MAX_BYTES;
}

static int64_t session_of(const struct guest *guest)
{
    struct service_peer_view view;

    service_view_peer(guest->peer, &view);
    return view.session_id;
}

/* A frame of the session keeps it alive; that of its end is the last. */
static void hear(struct guest *guest, const struct coord_frame *frame)
{
    struct jute_in in = jute_in_of(frame->bytes, frame->size);

    (void)jute_get_int(&in);
    coord_witness_hear(&guest->host->witness, session_of(guest),
                       guest->is_greeted && jute_get_int(&in) == MESSAGE_CLOSE_SESSION);
}

static void receive(struct guest *guest, const struct coord_frame *frame)
{
    struct coord_host *host = guest->host;

    if (guest->peer == NULL)
        guest->peer = service_connect(host->service, "10.0.0.1", 1, guest);
    tell_time(host);
    hear(guest, frame);
    service_receive(host->service, guest->peer, frame->bytes, frame->size);
    look(host);
    hear(guest, frame);
    guest->is_greeted = true;
}

static void take_input(struct guest *guest)
{
    struct coord_frame *frame;
    struct coord_host *host = guest->host;
    bool has_come = false;

    while (!must_wait(guest) && (frame = coord_link_take(guest->link, COORD_LINK_SERVER)) != NULL) {
        bool is_end = frame->is_end;
        has_come = true;
        if (!is_end)
            receive(guest, frame);
        free(frame);
        if (is_end) {
            drop_guest(guest);
            break;
        }
    }
    if (has_come)
        plan_turn(host, now_us(host) + coord_agenda_pause(host->agenda, 300));
}

void coord_host_arrived(void *receiver)
{
    struct guest *guest = receiver;

    if (guest == NULL || now_us(guest->host) < guest->host->paused_until_us)
        return;
    take_input(guest);
}

static void take_all_input(struct coord_host *host)
{
    struct list_node *next;

    for (struct list_node *node = list_first(&host->guests); node != NULL; node = next) {
        next = list_next(&host->guests, node);
        take_input(CONTAINER_OF(node, struct guest, by_age));
    }
}

/* ---- the disk ---- */

static void finish_commit(void *owner, uint64_t life)
{
    struct coord_host *host = owner;

    if (life != host->life || host->service == NULL)
        return; /* of a process that is gone */
    host->has_outcome = true;
    host->outcome_is_full = host->is_disk_full;
    if (!host->outcome_is_full) {
        memory_store_apply(host->store, &host->batch);
        host->durable = host->sealed;
    }
    batch_clear(&host->batch);
    plan_turn(host, now_us(host));
}

/* One in a hundred is a stall of the disk. */
static uint64_t commit_time(struct coord_host *host)
{
    if (rng_below(&host->rng, 100) == 0)
        return coord_agenda_pause(host->agenda, 1000000);
    return 50 + coord_agenda_pause(host->agenda, host->commit_us);
}

static void begin_commit(struct coord_host *host)
{
    host->sealed = coord_witness_image(host->service);
    service_seal(host->service, &host->batch);
    host->sealed.zxid = host->batch.zxid;
    host->is_committing = true;
    host->coverage.commits++;
    coord_agenda_add(host->agenda, now_us(host) + commit_time(host), finish_commit, host,
                     host->life);
}

static void take_outcome(struct coord_host *host)
{
    if (!host->has_outcome)
        return;
    host->has_outcome = false;
    host->is_committing = false;
    if (!host->outcome_is_full) {
        if (service_is_read_only(host->service))
            coord_trace_add(host->trace, "server: the disk has room");
        service_committed(host->service);
        return;
    }
    if (!service_is_read_only(host->service))
        coord_trace_add(host->trace, "server: the disk is full");
    service_rolled_back(host->service);
    host->coverage.rollbacks++;
    host->retry_us = now_us(host) + RETRY_US;
    coord_witness_take_back(&host->witness);
    expect_image(host, &host->durable, "after the rollback");
    look(host);
}

/* On a full disk it looks for room before it tries, mostly. */
static bool may_commit(struct coord_host *host)
{
    if (host->is_committing || !service_has_batch(host->service))
        return false;
    if (!service_is_read_only(host->service))
        return true;
    if (now_us(host) < host->retry_us)
        return false;
    host->retry_us = now_us(host) + RETRY_US;
    return !host->is_disk_full || rng_below(&host->rng, 4) == 0;
}

/* ---- output ---- */

/* What a client is told must not be taken back by a crash. */
static void check_durable(struct guest *guest, struct jute_in frame)
{
    struct coord_host *host = guest->host;
    int32_t xid = jute_get_int(&frame);
    int64_t zxid = jute_get_long(&frame);

    if (xid == MESSAGE_XID_NOTIFICATION)
        return;
    if (zxid > memory_store_zxid(host->store))
        coord_trace_complain(host->trace,
                             "link %" PRIu32 " is told zxid %" PRId64 ", durable is %" PRId64,
                             guest->link->number, zxid, memory_store_zxid(host->store));
    if (zxid > host->told_zxid)
        host->told_zxid = zxid;
}

static void send_frames(struct guest *guest, const struct text *out, bool *is_greeting)
{
    struct jute_in in = jute_in_of(text_data(out), text_size(out));

    while (in.at < in.end) {
        struct jute_bytes frame = jute_get_bytes(&in);
        ASSERT(!in.failed && frame.data != NULL);
        if (*is_greeting)
            coord_witness_tell(&guest->host->witness, session_of(guest));
        else
            check_durable(guest, jute_in_of(frame.data, frame.size));
        *is_greeting = false;
        coord_link_send(guest->link, COORD_LINK_SERVER, frame.data, frame.size);
    }
}

static void send_outputs(struct coord_host *host)
{
    struct service_peer *peer;
    struct text *out;
    bool is_last;

    while ((peer = service_next_output(host->service, &out, &is_last)) != NULL) {
        struct guest *guest = service_peer_context(peer);
        send_frames(guest, out, &guest->is_owed_greeting);
        text_done(out);
        if (!is_last && coord_link_waiting(guest->link, COORD_LINK_CLIENT) > OUTPUT_MAX_BYTES) {
            host->coverage.slow_readers++;
            is_last = true;
        }
        if (is_last)
            drop_guest(guest);
    }
}

/* ---- turns ---- */

static void excuse(struct coord_host *host)
{
    if (service_is_read_only(host->service) || host->is_disk_full)
        coord_witness_excuse(&host->witness, now_us(host));
}

static uint64_t next_turn_us(const struct coord_host *host)
{
    uint64_t deadline_us = service_deadline_us(host->service);

    if (service_is_read_only(host->service) && host->retry_us < deadline_us)
        deadline_us = host->retry_us;
    return deadline_us < now_us(host) + 10 ? now_us(host) + 10 : deadline_us;
}

static void turn(struct coord_host *host)
{
    tell_time(host);
    take_outcome(host);
    service_expire(host->service);
    look(host);
    excuse(host);
    coord_witness_check_ages(&host->witness);
    if (may_commit(host))
        begin_commit(host);
    send_outputs(host);
    take_all_input(host);
    plan_turn(host, next_turn_us(host));
}

static void take_turn(void *owner, uint64_t number)
{
    struct coord_host *host = owner;

    if (number != host->turn || host->service == NULL)
        return;
    host->turn_us = UINT64_MAX;
    if (now_us(host) < host->paused_until_us)
        plan_turn(host, host->paused_until_us);
    else
        turn(host);
}

/* The earliest counts. */
static void plan_turn(struct coord_host *host, uint64_t at_us)
{
    if (at_us >= host->turn_us)
        return;
    host->turn_us = at_us;
    coord_agenda_add(host->agenda, at_us, take_turn, host, ++host->turn);
}

/* ---- faults ---- */

void coord_host_pause(struct coord_host *host, uint64_t until_us)
{
    coord_trace_add(host->trace, "server: pauses for %" PRIu64 " us", until_us - now_us(host));
    host->paused_until_us = until_us;
    coord_witness_excuse(&host->witness, until_us);
    if (host->service != NULL) {
        host->turn_us = UINT64_MAX;
        plan_turn(host, until_us);
    }
}

void coord_host_fill_disk(struct coord_host *host, bool is_full)
{
    host->is_disk_full = is_full;
    coord_trace_add(host->trace, "disk: %s", is_full ? "no room" : "room again");
}

/* A batch under way is on the disk as a whole or not at all. */
static void tear_commit(struct coord_host *host)
{
    bool is_there = rng_below(&host->rng, 2) == 0 && !host->is_disk_full;

    if (!host->is_committing || host->has_outcome)
        return;
    host->coverage.torn++;
    coord_trace_add(host->trace, "disk: the batch of zxid %" PRId64 " is %s", host->batch.zxid,
                    is_there ? "there" : "lost");
    if (!is_there)
        return;
    memory_store_apply(host->store, &host->batch);
    host->durable = host->sealed;
}

void coord_host_crash(struct coord_host *host)
{
    struct list_node *node;

    if (host->service == NULL)
        return;
    coord_trace_add(host->trace, "server: is killed");
    host->coverage.crashes++;
    tear_commit(host);
    batch_clear(&host->batch);
    host->is_committing = false;
    host->has_outcome = false;
    service_destroy(&host->service);
    while ((node = list_first(&host->guests)) != NULL) {
        struct guest *guest = CONTAINER_OF(node, struct guest, by_age);
        coord_link_kill(guest->link, COORD_LINK_SERVER);
        forget_guest(guest);
    }
}

void coord_host_start(struct coord_host *host)
{
    if (host->service != NULL)
        return;
    start_service(host);
    host->paused_until_us = 0;
    coord_witness_restart(&host->witness);
    coord_trace_add(host->trace, "server: starts at zxid %" PRId64, service_zxid(host->service));
    if (service_zxid(host->service) < host->told_zxid)
        coord_trace_complain(host->trace, "zxid %" PRId64 " was told, and is lost",
                             host->told_zxid);
    expect_image(host, &host->durable, "after the start");
    if (coord_witness_image(host->service).sessions != host->durable.sessions)
        coord_trace_complain(host->trace, "after the start the sessions are others");
    look(host);
    plan_turn(host, now_us(host));
}

/* ---- questions ---- */

bool coord_host_has_session(struct coord_host *host, int64_t id)
{
    return host->service != NULL && sessions_find(service_sessions(host->service), id) != NULL;
}

const char *coord_host_data(const struct coord_host *host, const char *path, size_t *ret_size)
{
    const struct tree *tree = service_tree(host->service);
    uint32_t slot = tree_find(tree, path, strlen(path));

    if (slot == TREE_NONE)
        return NULL;
    struct jute_bytes data = tree_data(tree_node(tree, slot));
    *ret_size = data.size;
    return data.data == NULL ? "" : data.data;
}
