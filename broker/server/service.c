/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers, requests, and their answers in order.
 */
#include "broker/server/service.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/checkpoint.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/arena.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/header.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/service_groups.h"
#include "broker/server/service_parts.h"

enum {
    TEXT_MAX = 1024,
    API_SASL_HANDSHAKE = 17, /* what clients begin with that are to log in */
    DECODED_BYTES_MAX =
        16 * 1024 * 1024,        /* of a request; its handler takes a small multiple of that */
    SETTLED_ONE_BY_ONE_MAX = 32, /* partitions, when the service stops */
};

/* A request from its arrival until its answer was handed out. */
struct slot {
    struct request request;
    struct service_peer *peer;
    struct list_node in_peer;
    const struct kafka_api *api;
    int32_t correlation_id;
    unsigned char *frame; /* a copy, for those who wait; NULL if the bytes were only borrowed */
    size_t held_bytes;
    struct kafka_arena arena;
    void (*abandon)(struct service *service, void *waiting);
    void *waiting;
    struct kafka_writer answer;
    bool is_answered;
};

struct service_peer {
    void *context;
    struct list slots; /* in the order of the requests */
    size_t slot_count;
    struct list_node in_answered;
    char *client_host;
    char *local_host;
    uint16_t local_port;
    bool is_closing; /* the shell was told */
};

/* ---- telling ---- */

void service_tell(struct service *service, enum service_level level, const char *event,
                  const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    service->shell.tell(service->shell.shell, level, event, text);
}

/* ---- slots ---- */

static struct slot *find_slot(const struct service *service, struct request_token token)
{
    const uint64_t *found = idmap_find(&service->slots, token.value);

    return found == NULL ? NULL : (struct slot *)(uintptr_t)*found;
}

static struct slot *new_slot(struct service *service, struct service_peer *peer)
{
    struct slot *slot = NEW(struct slot);

    slot->peer = peer;
    slot->request.token.value = ++service->next_token;
    slot->request.client_host = peer->client_host;
    slot->request.local_host = peer->local_host;
    slot->request.local_port = peer->local_port;
    kafka_arena_init(&slot->arena, DECODED_BYTES_MAX);
    kafka_writer_init(&slot->answer);
    idmap_put(&service->slots, slot->request.token.value, (uint64_t)(uintptr_t)slot);
    list_push_last(&peer->slots, &slot->in_peer);
    peer->slot_count++;
    return slot;
}

static void hold(struct service *service, struct slot *slot, size_t bytes)
{
    slot->held_bytes += bytes;
    service->counts.held_bytes += bytes;
}

/* The references of files that nobody will send. */
static void give_files(const struct kafka_writer *answer)
{
    for (size_t i = 0; i < answer->piece_count; i++) {
        struct file *file = answer->pieces[i].file;
        file->operations->give(&file);
    }
}

static void free_slot(struct service *service, struct slot *slot)
{
    (void)idmap_remove(&service->slots, slot->request.token.value);
    list_remove(&slot->in_peer);
    slot->peer->slot_count--;
    service->counts.held_bytes -= slot->held_bytes;
    kafka_writer_done(&slot->answer);
    kafka_arena_done(&slot->arena);
    free(slot->frame);
    free(slot);
}

void *service_alloc(struct service *service, struct request_token token, size_t count, size_t size)
{
    struct slot *slot = find_slot(service, token);

    ASSERT(slot != NULL);
    void *memory = kafka_arena_take(&slot->arena, count, size);
    ASSERT(memory != NULL);
    memset(memory, 0, count * size);
    return memory;
}

void service_wait(struct service *service, struct request_token token,
                  void (*abandon)(struct service *service, void *waiting), void *waiting)
{
    struct slot *slot = find_slot(service, token);

    ASSERT(slot != NULL && !slot->is_answered);
    slot->abandon = abandon;
    slot->waiting = waiting;
}

/* ---- answers ---- */

static void note_answered(struct service *service, struct slot *slot)
{
    slot->is_answered = true;
    slot->abandon = NULL;
    if (!list_has_node(&slot->peer->in_answered))
        list_push_last(&service->answered, &slot->peer->in_answered);
}

static void close_peer(struct service *service, struct service_peer *peer)
{
    if (peer->is_closing)
        return;
    peer->is_closing = true;
    service->shell.close(service->shell.shell, peer->context);
}

void service_answer(struct service *service, struct request_token token, const void *response)
{
    struct slot *slot = find_slot(service, token);
    struct error error;

    if (slot == NULL)
        return;
    ASSERT(!slot->is_answered);
    enum err err = kafka_encode_response(slot->api, slot->request.version, slot->correlation_id,
                                         response, &slot->answer, &error);
    if (err != ERR_OK) {
        service_tell(service, SERVICE_ERROR, "answer.failed", "peer=%s api=%s: %s",
                     slot->peer->client_host, slot->api->name, error.text);
        close_peer(service, slot->peer);
    }
    hold(service, slot, slot->answer.size);
    note_answered(service, slot);
}

void service_answer_silently(struct service *service, struct request_token token, bool is_failed)
{
    struct slot *slot = find_slot(service, token);

    if (slot == NULL)
        return;
    note_answered(service, slot);
    if (is_failed)
        close_peer(service, slot->peer);
}

/* Hands an answer to the shell, in the order of its parts. */
static void put_answer(struct service *service, const struct slot *slot)
{
    const struct service_shell *shell = &service->shell;
    const struct kafka_writer *answer = &slot->answer;
    void *context = slot->peer->context;
    size_t at = 0;

    for (size_t i = 0; i < answer->piece_count; i++) {
        const struct kafka_piece *piece = &answer->pieces[i];
        if (piece->at > at)
            shell->put(shell->shell, context, answer->bytes + at, piece->at - at);
        at = piece->at;
        shell->put_file(shell->shell, context, piece->file, piece->position, piece->size);
    }
    if (answer->size > at)
        shell->put(shell->shell, context, answer->bytes + at, answer->size - at);
}

static void drain_peer(struct service *service, struct service_peer *peer)
{
    struct list_node *next;

    for (struct list_node *node = list_first(&peer->slots); node != NULL; node = next) {
        struct slot *slot = CONTAINER_OF(node, struct slot, in_peer);
        if (!slot->is_answered)
            return;
        next = list_next(&peer->slots, node);
        if (peer->is_closing)
            give_files(&slot->answer);
        else
            put_answer(service, slot);
        free_slot(service, slot);
    }
}

/* Not while handlers run: what they look at must stay until they are done. */
static void drain(struct service *service)
{
    struct list_node *node;

    while ((node = list_pop_first(&service->answered)) != NULL)
        drain_peer(service, CONTAINER_OF(node, struct service_peer, in_answered));
}

/* ---- peers ---- */

struct service_peer *service_peer_new(struct service *service,
                                      const struct service_address *address, void *context)
{
    struct service_peer *peer = NEW(struct service_peer);

    (void)service;
    peer->context = context;
    peer->client_host = mem_copy_text(address->client_host);
    peer->local_host = mem_copy_text(address->local_host);
    peer->local_port = address->local_port;
    list_init(&peer->slots);
    return peer;
}

static void drop_slot(struct service *service, struct slot *slot)
{
    if (slot->is_answered)
        give_files(&slot->answer);
    else if (slot->abandon != NULL)
        slot->abandon(service, slot->waiting);
    free_slot(service, slot);
}

void service_peer_destroy(struct service *service, struct service_peer **peer)
{
    struct service_peer *gone = *peer;
    struct list_node *next;

    for (struct list_node *node = list_first(&gone->slots); node != NULL; node = next) {
        next = list_next(&gone->slots, node);
        drop_slot(service, CONTAINER_OF(node, struct slot, in_peer));
    }
    if (list_has_node(&gone->in_answered))
        list_remove(&gone->in_answered);
    free(gone->client_host);
    free(gone->local_host);
    free(gone);
    *peer = NULL;
    drain(service); /* its going may have answered others */
}

bool service_must_wait(const struct service *service, const struct service_peer *peer)
{
    return peer->slot_count >= service->options->inflight_requests_max ||
           (peer->slot_count > 0 &&
            service->counts.held_bytes >= service->options->inflight_bytes_max);
}

/* ---- requests ---- */

static void handle_api_versions(struct service *service, const struct request *request)
{
    struct kafka_api_versions_response_api_key keys[KAFKA_API_COUNT];
    struct kafka_api_versions_response response = {
        .api_keys = keys, .api_key_count = KAFKA_API_COUNT, .finalized_features_epoch = -1};

    kafka_api_advertise(keys);
    service_answer(service, request->token, &response);
}

struct handler {
    int16_t api;
    void (*handle)(struct service *service, const struct request *request);
};

static const struct handler handlers[] = {
    {KAFKA_PRODUCE, produce_handle},
    {KAFKA_FETCH, fetch_handle},
    {KAFKA_LIST_OFFSETS, list_offsets_handle},
    {KAFKA_METADATA, metadata_handle},
    {KAFKA_OFFSET_COMMIT, service_groups_handle},
    {KAFKA_OFFSET_FETCH, service_groups_handle},
    {KAFKA_FIND_COORDINATOR, admin_find_coordinator},
    {KAFKA_JOIN_GROUP, service_groups_handle},
    {KAFKA_HEARTBEAT, service_groups_handle},
    {KAFKA_LEAVE_GROUP, service_groups_handle},
    {KAFKA_SYNC_GROUP, service_groups_handle},
    {KAFKA_DESCRIBE_GROUPS, service_groups_handle},
    {KAFKA_LIST_GROUPS, service_groups_handle},
    {KAFKA_API_VERSIONS, handle_api_versions},
    {KAFKA_CREATE_TOPICS, admin_create_topics},
    {KAFKA_DELETE_TOPICS, admin_delete_topics},
    {KAFKA_DELETE_RECORDS, admin_delete_records},
    {KAFKA_INIT_PRODUCER_ID, admin_init_producer_id},
    {KAFKA_OFFSET_FOR_LEADER_EPOCH, admin_offset_for_leader_epoch},
    {KAFKA_DESCRIBE_CONFIGS, admin_describe_configs},
    {KAFKA_ALTER_CONFIGS, admin_alter_configs},
    {KAFKA_DESCRIBE_LOG_DIRS, admin_describe_log_dirs},
    {KAFKA_CREATE_PARTITIONS, admin_create_partitions},
    {KAFKA_DELETE_GROUPS, service_groups_handle},
    {KAFKA_ELECT_LEADERS, admin_elect_leaders},
    {KAFKA_INCREMENTAL_ALTER_CONFIGS, admin_incremental_alter_configs},
    {KAFKA_OFFSET_DELETE, service_groups_handle},
    {KAFKA_DESCRIBE_CLUSTER, admin_describe_cluster},
};

/* Every API that is advertised has a handler. */
static void dispatch(struct service *service, const struct request *request)
{
    size_t i = 0;

    while (i < COUNT_OF(handlers) && handlers[i].api != request->api)
        i++;
    ASSERT(i < COUNT_OF(handlers));
    handlers[i].handle(service, request);
}

/* Most requests are small, and may wait; those that carry records are done with them at once. */
static const void *keep_frame(struct service *service, struct slot *slot, const void *frame,
                              size_t size)
{
    if (slot->api->key == KAFKA_PRODUCE)
        return frame;
    slot->frame = mem_alloc(size);
    memcpy(slot->frame, frame, size);
    hold(service, slot, size);
    return slot->frame;
}

static bool decode(struct service *service, struct slot *slot, const void *frame, size_t size,
                   struct error *error)
{
    struct kafka_request_header header;
    struct kafka_reader reader;
    void *body = kafka_arena_take(&slot->arena, 1, slot->api->request->body.size);

    kafka_reader_init(&reader, keep_frame(service, slot, frame, size), size);
    if (body == NULL || kafka_decode_request_header(&reader, &header, error) != ERR_OK)
        return false;
    slot->request.client_id = header.client_id;
    slot->request.body = body;
    if (kafka_decode(slot->api->request, slot->request.version, &reader, &slot->arena, body,
                     error) != ERR_OK)
        return false;
    hold(service, slot, slot->arena.size);
    slot->arena.size_max = SIZE_MAX; /* from now on it is our own code that takes of it */
    return true;
}

/* A version of which only the layout is known: what can be said is that it is not served. */
static void refuse_version(struct service *service, struct slot *slot)
{
    struct error error;

    if (slot->api->key == KAFKA_API_VERSIONS) {
        kafka_encode_versions_refusal(slot->correlation_id, &slot->answer);
        note_answered(service, slot);
        return;
    }
    error_set(&error, ERR_VERSION, "version %d of %s is not served", slot->request.version,
              slot->api->name);
    service_tell(service, SERVICE_WARN, "request.refused", "peer=%s: %s", slot->peer->client_host,
                 error.text);
    close_peer(service, slot->peer);
}

static void accept(struct service *service, struct service_peer *peer,
                   const struct kafka_request_header *header, const void *frame, size_t size)
{
    const struct kafka_api *api = kafka_api_find(header->api_key);
    struct error error;

    if (api == NULL) {
        service_tell(service, SERVICE_WARN, "request.refused", "peer=%s: there is no API %d%s",
                     peer->client_host, header->api_key,
                     header->api_key == API_SASL_HANDSHAKE
                         ? " (SASL): there are no users here; security.protocol is PLAINTEXT"
                         : "");
        close_peer(service, peer);
        return;
    }
    struct slot *slot = new_slot(service, peer);
    slot->api = api;
    slot->correlation_id = header->correlation_id;
    slot->request.api = header->api_key;
    slot->request.version = header->api_version;
    if (!kafka_api_is_advertised(api, header->api_version)) {
        refuse_version(service, slot);
    } else if (!decode(service, slot, frame, size, &error)) {
        service_tell(service, SERVICE_WARN, "request.damaged", "peer=%s: %s", peer->client_host,
                     error.text);
        close_peer(service, peer);
    } else {
        dispatch(service, &slot->request);
    }
}

void service_receive(struct service *service, struct service_peer *peer, const void *frame,
                     size_t size, struct service_now now)
{
    struct kafka_request_header header;
    struct kafka_reader reader;
    struct error error;

    if (peer->is_closing)
        return;
    service->now = now;
    service->counts.requests++;
    kafka_reader_init(&reader, frame, size);
    if (kafka_decode_request_header(&reader, &header, &error) == ERR_OK) {
        accept(service, peer, &header, frame, size);
    } else {
        service_tell(service, SERVICE_WARN, "request.damaged", "peer=%s: %s", peer->client_host,
                     error.text);
        close_peer(service, peer);
    }
    drain(service);
}

/* ---- time ---- */

static void expire(struct service *service)
{
    struct timer *due;

    while ((due = timers_take_due(&service->timers, service->now.steady_ms)) != NULL) {
        if (due->kind == SERVICE_TIMER_PRODUCE)
            produce_expire(service, due);
        else
            fetch_expire(service, due);
    }
}

uint64_t service_turn(struct service *service, struct service_now now)
{
    service->now = now;
    groups_tick(service->groups, now.steady_ms, now.wall_ms);
    fetch_turn(service);
    expire(service);
    uint64_t next_ms = service_disk_turn(service);
    drain(service);
    uint64_t fetch_ms = timers_due_ms(&service->timers);
    uint64_t groups_ms = groups_due_ms(service->groups);

    if (fetch_ms < next_ms)
        next_ms = fetch_ms;
    return groups_ms < next_ms ? groups_ms : next_ms;
}

/* ---- life ---- */

struct service *service_new(const struct broker_options *options, struct files *files,
                            const struct service_shell *shell, uint64_t seed)
{
    struct service *service = NEW(struct service);

    service->options = options;
    service->files = files;
    service->shell = *shell;
    service->defaults = broker_options_topic(options);
    rng_init(&service->rng, seed);
    list_init(&service->dirty);
    list_init(&service->eager);
    list_init(&service->used);
    list_init(&service->stirred);
    list_init(&service->answered);
    list_init(&service->storing);
    service->flush_at_ms = UINT64_MAX;
    service->checkpoint_at_ms = UINT64_MAX;
    service->groups = service_groups_new(service);
    return service;
}

void service_destroy(struct service **service)
{
    struct service *gone = *service;

    if (gone == NULL)
        return;
    ASSERT(gone->jobs == 0 && gone->slots.count == 0);
    service_groups_forget_stores(gone);
    service_free_hosts(gone);
    groups_destroy(&gone->groups);
    catalog_destroy(&gone->catalog);
    checkpoint_destroy(&gone->checkpoint);
    timers_done(&gone->timers);
    records_reader_done(&gone->reader);
    records_builder_done(&gone->builder);
    idmap_done(&gone->slots);
    free(gone);
    *service = NULL;
}

static void tell_stray(void *context, const char *folder)
{
    struct service *service = context;

    service_tell(service, SERVICE_WARN, "folder.stray",
                 "folder=%s: the catalog does not know it; it is left as it is", folder);
}

static enum err open_catalog(struct service *service, struct error *error)
{
    struct catalog_limits limits = {service->options->topics_max, service->options->partitions_max};
    struct kafka_uuid cluster_id = catalog_id_make(&service->rng);
    enum err err = catalog_open(service->files, &limits, &cluster_id, &service->catalog, error);

    if (err == ERR_OK)
        err = catalog_begin_life(service->catalog, error);
    if (err == ERR_OK)
        err = catalog_sweep_folders(service->catalog, service->files, tell_stray, service, error);
    return err;
}

/* Without one there is only more to be read. */
static enum err load_checkpoint(struct service *service, struct error *error)
{
    enum err err = checkpoint_load(service->files, &service->checkpoint, error);

    if (err != ERR_CORRUPT)
        return err;
    service_tell(service, SERVICE_WARN, "checkpoint.damaged", "%s; all logs are read",
                 error == NULL ? err_text(err) : error->text);
    service->checkpoint = checkpoint_new();
    return ERR_OK;
}

static enum err open_topics(struct service *service, struct error *error)
{
    enum err err = load_checkpoint(service, error);

    for (size_t i = 0; err == ERR_OK && i < catalog_topic_count(service->catalog); i++)
        err = service_host_topic(service, catalog_topic_at(service->catalog, i), error);
    checkpoint_destroy(&service->checkpoint);
    return err;
}

static enum err save_checkpoint(struct service *service, struct error *error)
{
    struct checkpoint *checkpoint = service_gather_checkpoint(service, false);
    enum err err = checkpoint_save(service->files, checkpoint, error);

    checkpoint_destroy(&checkpoint);
    return err;
}

enum err service_start(struct service *service, struct service_now now, struct error *error)
{
    service->now = now;
    service->retain_at_ms = now.steady_ms + service->options->retention_check_ms;
    service->clean_at_ms = now.steady_ms + service->options->cleaner_check_ms;
    enum err err = open_catalog(service, error);

    if (err == ERR_OK)
        err = open_topics(service, error);
    if (err == ERR_OK)
        err = service_groups_load(service, error);
    /* Before anything is written: the folder is not as clean as its checkpoint may say. */
    if (err == ERR_OK)
        err = save_checkpoint(service, error);
    return err;
}

/* Remembers the first error. */
struct closing {
    struct service *service;
    bool is_together; /* all is made durable at once, afterwards */
    size_t unsettled;
    enum err err;
    struct error *error;
};

static void count_unsettled(void *context, struct replica *replica)
{
    struct closing *closing = context;

    closing->unsettled += partition_is_unsettled(replica->log);
}

static void settle_replica(void *context, struct replica *replica)
{
    struct closing *closing = context;
    struct error error;
    enum err err = closing->is_together ? partition_settle_begin(replica->log, &error)
                                        : partition_settle(replica->log, &error);

    if (err == ERR_OK)
        return;
    replica->is_unsettled = true;
    if (closing->err != ERR_OK)
        return;
    closing->err = err;
    if (closing->error != NULL)
        *closing->error = error;
}

/* A sync for each file of many partitions takes seconds; one for all takes as long as the disk needs. */
static enum err settle(struct closing *closing)
{
    struct service *service = closing->service;

    service_each_replica(service, count_unsettled, closing);
    closing->is_together = closing->unsettled > SETTLED_ONE_BY_ONE_MAX;
    service_each_replica(service, settle_replica, closing);
    return closing->is_together
               ? service->files->operations->sync_all(service->files, closing->error)
               : ERR_OK;
}

static void abandon_replica(void *context, struct replica *replica)
{
    (void)context;
    partition_abandon(&replica->log);
}

/* One that cannot be settled does not keep the others from being clean at the next start. */
enum err service_stop(struct service *service, struct error *error)
{
    struct closing closing = {.service = service, .error = error};
    struct error ignored;

    ASSERT(service->jobs == 0);
    enum err err = settle(&closing);
    if (err == ERR_OK) {
        struct checkpoint *checkpoint = service_gather_checkpoint(service, true);
        err = checkpoint_save(service->files, checkpoint, closing.err == ERR_OK ? error : &ignored);
        checkpoint_destroy(&checkpoint);
    }
    service_each_replica(service, abandon_replica, NULL);
    return closing.err != ERR_OK ? closing.err : err;
}

/* ---- for those who look ---- */

const struct catalog *service_catalog(const struct service *service)
{
    return service->catalog;
}

const struct groups *service_groups(const struct service *service)
{
    return service->groups;
}

int32_t service_leader_epoch(const struct service *service)
{
    return catalog_life(service->catalog);
}

struct service_counts service_counts(const struct service *service)
{
    struct service_counts counts = service->counts;

    counts.is_full = service->is_full;
    return counts;
}
