/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/service_groups.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "broker/log/records.h"
#include "broker/protocol/errors.h"

enum {
    READ_BYTES = 1024 * 1024, /* of the log at a time, at start */
    DAMAGED_MAX = 1000, /* offsets of a partition that are stepped over, as they cannot be read */
};

/* ---- requests ---- */

static void forget(struct service *service, void *waiting)
{
    const struct request_token *token = waiting;

    groups_forget(service->groups, *token, service->now.steady_ms);
}

void service_groups_handle(struct service *service, const struct request *request)
{
    struct request_token *token = service_alloc(service, request->token, 1, sizeof *token);

    *token = request->token;
    service_wait(service, request->token, forget, token);
    groups_request(service->groups, request, service->now.steady_ms, service->now.wall_ms);
}

static void answer(void *owner, struct request_token token, const void *response)
{
    service_answer(owner, token, response);
}

static bool knows(void *owner, struct kafka_string topic, int32_t partition)
{
    return service_find_replica(owner, topic, partition) != NULL;
}

static void tell(void *owner, const char *event, const char *text)
{
    service_tell(owner, SERVICE_INFO, event, "%s", text);
}

/* ---- storing ---- */

/* Records on their way to the disk. */
struct storing {
    struct disk_part disk;
    struct list_node in_service;
    uint64_t ticket;
};

static void stored(struct service *service, struct disk_part *disk, int16_t error)
{
    struct storing *storing = CONTAINER_OF(disk, struct storing, disk);
    uint64_t ticket = storing->ticket;

    list_remove(&storing->in_service);
    free(storing);
    groups_stored(service->groups, ticket, error, service->now.steady_ms);
}

static void add(struct service *service, struct records_builder *builder,
                const struct groups_record *from, int32_t delta)
{
    struct record record = {
        .offset = delta,
        .timestamp_ms = service->now.wall_ms,
        .key = from->key.data,
        .key_size = from->key.length,
        .value = from->value.data,
        .value_size = from->value.length,
    };

    records_builder_add(builder, &record);
}

static int16_t append(struct service *service, struct replica *replica,
                      const struct groups_record *records, size_t count, int64_t *ret_last_offset)
{
    struct records_builder *builder = &service->builder;
    struct batch_head head = records_plain_head(BATCH_PLAIN, service->now.wall_ms);
    struct partition_appended appended;
    const unsigned char *batch;
    struct error error = {0};

    records_builder_begin(builder, &head);
    for (size_t i = 0; i < count; i++)
        add(service, builder, &records[i], (int32_t)i);
    if (records_builder_finish(builder, &batch, &head, &error) != ERR_OK)
        return KAFKA_RECORD_LIST_TOO_LARGE;
    if (!service_has_room(service, head.size, true))
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    enum partition_verdict verdict =
        partition_append(replica->log, batch, &head, service->now.wall_ms, &appended, &error);
    if (verdict == PARTITION_TOO_LARGE)
        return KAFKA_RECORD_LIST_TOO_LARGE;
    if (verdict != PARTITION_APPENDED) {
        service_not_appended(service, replica, verdict, &error);
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    }
    *ret_last_offset = appended.last_offset;
    service_appended(service, replica, head.size);
    return KAFKA_NONE;
}

static void store(void *owner, uint64_t ticket, int32_t partition,
                  const struct groups_record *records, size_t count)
{
    struct service *service = owner;
    struct error error;
    int64_t last_offset = -1;

    if (service_ensure_offsets_topic(service, &error) != ERR_OK) {
        service_tell(service, SERVICE_ERROR, "groups.not_stored", "%s", error.text);
        groups_stored(service->groups, ticket, KAFKA_COORDINATOR_NOT_AVAILABLE,
                      service->now.steady_ms);
        return;
    }
    struct replica *replica = service_find_replica(service, service_offsets_topic(), partition);
    int16_t code = append(service, replica, records, count, &last_offset);
    if (code != KAFKA_NONE) {
        groups_stored(service->groups, ticket, code, service->now.steady_ms);
        return;
    }
    struct storing *storing = NEW(struct storing);
    storing->ticket = ticket;
    storing->disk = (struct disk_part){.offset = last_offset, .done = stored};
    list_push_last(&service->storing, &storing->in_service);
    service_await_disk(service, replica, &storing->disk);
}

void service_groups_forget_stores(struct service *service)
{
    struct list_node *node;

    while ((node = list_pop_first(&service->storing)) != NULL) {
        struct storing *storing = CONTAINER_OF(node, struct storing, in_service);
        service_forget_disk(&storing->disk);
        free(storing);
    }
}

struct groups *service_groups_new(struct service *service)
{
    const struct groups_owner owner = {
        .owner = service, .answer = answer, .store = store, .tell = tell, .knows = knows};
    struct groups_options options = service->options->groups;

    options.seed = rng_next(&service->rng);
    return groups_new(&options, &owner);
}

/* ---- loading ---- */

/* Reads one partition of the offsets' topic. */
struct loading {
    struct service *service;
    struct replica *replica;
    struct records_reader reader;
    unsigned char *bytes;
    size_t capacity;
};

static enum err load_batch(struct loading *loading, const void *batch,
                           const struct batch_head *head, struct error *error)
{
    struct record record;
    enum err err = records_open(&loading->reader, batch, head, error);

    while (err == ERR_OK && (err = records_next(&loading->reader, &record, error)) == ERR_OK) {
        struct groups_record loaded = {
            .key = {record.key, record.key_size},
            .value = {record.value, record.value_size},
        };
        groups_load(loading->service->groups, &loaded, loading->service->now.wall_ms);
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Loads the whole batches among the bytes; *offset is moved behind them. */
static enum err load_bytes(struct loading *loading, size_t size, int64_t *offset,
                           struct error *error)
{
    const unsigned char *at = loading->bytes;
    const unsigned char *end = at + size;
    struct batch_head head;

    while (batch_read_head(at, (size_t)(end - at), UINT32_MAX, &head) == ERR_OK) {
        enum err err = load_batch(loading, at, &head, error);
        if (err != ERR_OK)
            return err;
        *offset = batch_last_offset(&head) + 1;
        at += head.size;
    }
    return at == loading->bytes ? error_set(error, ERR_CORRUPT, "not a batch of records") : ERR_OK;
}

static enum err read_slice(struct loading *loading, struct partition_slice *slice, size_t *ret_size,
                           struct error *error)
{
    if (slice->size > loading->capacity) {
        loading->bytes = mem_resize(loading->bytes, slice->size, 1);
        loading->capacity = slice->size;
    }
    enum err err = slice->file->operations->read(slice->file, slice->position, loading->bytes,
                                                 slice->size, ret_size, error);
    slice->file->operations->give(&slice->file);
    return err;
}

/* One answer's worth of records from the offset, which is moved; not moved: there is nothing more. */
static enum err load_some(struct loading *loading, int64_t *offset, struct error *error)
{
    struct partition_slice slice = {.file = NULL};
    size_t size = 0;
    enum err err = partition_read(loading->replica->log, *offset, READ_BYTES, true, &slice, error);

    if (err != ERR_OK || slice.size == 0)
        return err;
    err = read_slice(loading, &slice, &size, error);
    return err == ERR_OK ? load_bytes(loading, size, offset, error) : err;
}

/* What is damaged is passed over: it is better to miss some commits than all that came later. */
static enum err load_partition(struct loading *loading, struct error *error)
{
    struct partition *log = loading->replica->log;
    int64_t offset = partition_start_offset(log);
    uint32_t damaged = 0;

    while (offset < partition_end_offset(log)) {
        int64_t before = offset;
        enum err err = load_some(loading, &offset, error);
        if (err == ERR_OK && offset == before)
            return ERR_OK;
        if (err == ERR_OK)
            continue;
        (void)error_wrap(error, "cannot read the offsets of groups in %s-%d at offset %" PRId64,
                         loading->replica->topic->name, loading->replica->number, offset);
        if (err != ERR_CORRUPT || damaged == DAMAGED_MAX)
            return err;
        if (damaged++ == 0)
            service_tell(loading->service, SERVICE_ERROR, "groups.damaged",
                         "%s; what groups have committed there is lost", error->text);
        offset = offset == before ? before + 1 : offset;
    }
    return ERR_OK;
}

enum err service_groups_load(struct service *service, struct error *error)
{
    const struct hosted *topic = service_find_topic(service, service_offsets_topic());
    struct loading loading = {.service = service};
    struct error own;
    enum err err = ERR_OK;

    for (int32_t i = 0; err == ERR_OK && topic != NULL && i < topic->replica_count; i++) {
        loading.replica = topic->replicas[i];
        err = load_partition(&loading, error == NULL ? &own : error);
        service_used(service, loading.replica);
        if (err == ERR_CORRUPT) {
            /* Its groups begin where their clients say, which is better than to serve nobody. */
            service_tell(service, SERVICE_ERROR, "groups.damaged",
                         "%s; what groups have committed behind it is lost",
                         (error == NULL ? &own : error)->text);
            err = ERR_OK;
        }
    }
    records_reader_done(&loading.reader);
    free(loading.bytes);
    if (err == ERR_OK)
        groups_loaded(service->groups, service->now.steady_ms);
    return err;
}
