/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the disk is asked for, and when: flushes, the checkpoint, retention, compaction, room.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/checkpoint.h"
#include "broker/log/cleaner.h"
#include "broker/protocol/errors.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/service_parts.h"

enum {
    ROOM_LOOK_MS = 1000,
    CLEAN_AGAIN_MS = 10 * 60 * 1000, /* a compaction that has failed */
    INTERNAL_SHARE = 2,              /* internal topics may fill the reserve up to the half */
};

enum job_kind {
    JOB_FLUSH,
    JOB_CHECKPOINT,
    JOB_CLEAN,
};

/* Belongs to the thread that runs it from submit() to service_job_done(). */
struct service_job {
    enum job_kind kind;
    struct files *files;
    struct replica *replica;       /* FLUSH, CLEAN */
    struct partition_flush flush;  /* FLUSH */
    struct clean_plan *plan;       /* CLEAN */
    struct checkpoint *checkpoint; /* CHECKPOINT */
    enum err result;
    struct error error;
};

static void submit(struct service *service, struct service_job *job, bool is_urgent)
{
    job->files = service->files;
    service->jobs++;
    service->shell.submit(service->shell.shell, job, is_urgent);
}

void service_job_run(struct service_job *job)
{
    switch (job->kind) {
    case JOB_FLUSH:
        job->result = partition_flush_run(&job->flush, &job->error);
        break;
    case JOB_CHECKPOINT:
        job->result = checkpoint_save(job->files, job->checkpoint, &job->error);
        break;
    case JOB_CLEAN:
        job->result = clean_run(job->plan, &job->error);
        break;
    }
}

/* ---- room ---- */

static void look_at_room(struct service *service)
{
    uint64_t min = service->options->disk_free_min;
    bool was_full = service->is_full;

    service->room = service->shell.room(service->shell.shell);
    service->room_looked_ms = service->now.steady_ms;
    service->is_full = service->room < min;
    if (service->is_full && !was_full)
        service_tell(service, SERVICE_ERROR, "disk.full",
                     "free_bytes=%" PRIu64 " min=%" PRIu64
                     " setting=broker.disk.free.min: writes are refused until there is room, reads "
                     "are served",
                     service->room, min);
    else if (!service->is_full && was_full)
        service_tell(service, SERVICE_INFO, "disk.has_room", "free_bytes=%" PRIu64, service->room);
}

bool service_has_room(struct service *service, uint64_t bytes, bool is_internal)
{
    uint64_t min = service->options->disk_free_min;

    if (is_internal)
        min /= INTERNAL_SHARE;
    if (service->now.steady_ms - service->room_looked_ms >= ROOM_LOOK_MS ||
        service->room < 2 * min + bytes)
        look_at_room(service);
    return service->room >= min && service->room - min >= bytes;
}

/* ---- open files ---- */

static void count_files(struct service *service, struct replica *replica)
{
    uint32_t open_files = partition_open_files(replica->log);

    service->open_files += open_files;
    service->open_files -= replica->open_files;
    replica->open_files = open_files;
}

void service_forget_files(struct service *service, struct replica *replica)
{
    service->open_files -= replica->open_files;
    replica->open_files = 0;
    if (list_has_node(&replica->in_used))
        list_remove(&replica->in_used);
}

void service_used(struct service *service, struct replica *replica)
{
    struct list_node *node;

    count_files(service, replica);
    if (list_has_node(&replica->in_used))
        list_remove(&replica->in_used);
    list_push_last(&service->used, &replica->in_used);
    while (service->open_files > service->options->files_max &&
           (node = list_first(&service->used)) != &replica->in_used) {
        struct replica *resting = CONTAINER_OF(node, struct replica, in_used);
        list_remove(node);
        partition_rest(resting->log);
        count_files(service, resting);
    }
}

/* The disk was full before that, or has a quota. */
static void note_refused(struct service *service, const struct error *error)
{
    service->refused_ms = service->now.steady_ms;
    if (service->is_refused)
        return;
    service->is_refused = true;
    service_tell(service, SERVICE_ERROR, "disk.full",
                 "%s: writes that find no room are refused, reads are served",
                 error->text[0] == '\0' ? "no space left" : error->text);
}

/* While some find room and others do not, nothing is told. */
static void note_taken(struct service *service)
{
    if (!service->is_refused || service->now.steady_ms - service->refused_ms < ROOM_LOOK_MS)
        return;
    service->is_refused = false;
    service_tell(service, SERVICE_INFO, "disk.has_room", "writes are taken again");
}

static void note_failed(struct service *service, struct replica *replica, const char *text)
{
    if (replica->is_failed)
        return;
    replica->is_failed = true;
    service->counts.failed_replicas++;
    service_tell(service, SERVICE_ERROR, "disk.failed",
                 "topic=%s partition=%d: %s; it takes no more writes until the broker is started "
                 "anew",
                 replica->topic->name, replica->number, text);
}

void service_not_appended(struct service *service, struct replica *replica,
                          enum partition_verdict verdict, const struct error *error)
{
    if (verdict == PARTITION_NO_ROOM)
        note_refused(service, error);
    else if (verdict == PARTITION_FAILED)
        note_failed(service, replica, error->text);
}

/* ---- flushes ---- */

static bool wants_flush_now(const struct service *service, const struct replica *replica)
{
    const struct hosted *topic = replica->topic;

    return topic->options.flush_always ||
           partition_unflushed_bytes(replica->log) >= service->options->flush_bytes ||
           (topic->flush_records > 0 &&
            partition_unflushed_records(replica->log) >= topic->flush_records);
}

static void settle_writes(struct service *service, struct replica *replica, int16_t error)
{
    int64_t flushed = partition_flushed_offset(replica->log);
    struct list_node *node;

    while ((node = list_first(&replica->writes)) != NULL) {
        struct disk_part *part = CONTAINER_OF(node, struct disk_part, in_replica);
        if (error == KAFKA_NONE && part->offset >= flushed)
            return;
        list_remove(node);
        part->done(service, part, error);
    }
}

/* No flush comes any more: who waits for one is told. */
static void give_up(struct service *service, struct replica *replica)
{
    if (list_has_node(&replica->in_dirty))
        list_remove(&replica->in_dirty);
    note_failed(service, replica, partition_failure(replica->log));
    settle_writes(service, replica, KAFKA_STORAGE_ERROR);
}

static void flush(struct service *service, struct replica *replica)
{
    struct service_job *job = NEW(struct service_job);

    if (list_has_node(&replica->in_eager))
        list_remove(&replica->in_eager);
    if (replica->is_flushing || !partition_flush_begin(replica->log, &job->flush)) {
        free(job);
        if (!replica->is_flushing && partition_failure(replica->log) != NULL)
            give_up(service, replica);
        return;
    }
    replica->is_flushing = true;
    job->kind = JOB_FLUSH;
    job->replica = replica;
    submit(service, job, true);
}

/* Puts the replica where its next flush will find it. */
static void note_dirty(struct service *service, struct replica *replica)
{
    if (!list_has_node(&replica->in_dirty)) {
        replica->dirty_since_ms = service->now.steady_ms;
        list_push_last(&service->dirty, &replica->in_dirty);
        if (replica->dirty_since_ms + replica->topic->flush_ms < service->flush_at_ms)
            service->flush_at_ms = replica->dirty_since_ms + replica->topic->flush_ms;
    }
    if (!replica->is_flushing && !list_has_node(&replica->in_eager) &&
        wants_flush_now(service, replica))
        list_push_last(&service->eager, &replica->in_eager);
}

static void end_flush(struct service *service, struct service_job *job)
{
    struct replica *replica = job->replica;

    replica->is_flushing = false;
    service->counts.flushes++;
    partition_flush_end(replica->log, &job->flush, job->result, &job->error);
    if (list_has_node(&replica->in_dirty))
        list_remove(&replica->in_dirty);
    if (job->result != ERR_OK) {
        note_failed(service, replica, job->error.text);
        settle_writes(service, replica, KAFKA_STORAGE_ERROR);
        return;
    }
    settle_writes(service, replica, KAFKA_NONE);
    fetch_stir(service, replica);
    service_used(service, replica); /* what waited for the disk could not be closed */
    service_note_checkpoint(service);
    if (partition_unflushed_bytes(replica->log) > 0)
        note_dirty(service, replica);
}

void service_appended(struct service *service, struct replica *replica, uint64_t bytes)
{
    service->counts.batches_in++;
    service->counts.bytes_in += bytes;
    service->room -= bytes < service->room ? bytes : service->room;
    note_taken(service);
    note_dirty(service, replica);
    fetch_stir(service, replica);
    service_used(service, replica);
}

void service_await_disk(struct service *service, struct replica *replica, struct disk_part *part)
{
    bool must_wait = replica->topic->options.flush_always &&
                     part->offset >= partition_flushed_offset(replica->log);

    if (!must_wait)
        part->done(service, part, KAFKA_NONE);
    else if (partition_failure(replica->log) != NULL)
        part->done(service, part, KAFKA_STORAGE_ERROR);
    else
        list_push_last(&replica->writes, &part->in_replica);
}

void service_forget_disk(struct disk_part *part)
{
    if (list_has_node(&part->in_replica))
        list_remove(&part->in_replica);
}

/* Starts the flushes whose time has come, and finds out when the next one's will. */
static void look_at_dirty(struct service *service)
{
    struct list_node *next;

    service->flush_at_ms = UINT64_MAX;
    for (struct list_node *node = list_first(&service->dirty); node != NULL; node = next) {
        struct replica *replica = CONTAINER_OF(node, struct replica, in_dirty);
        uint64_t due_ms = replica->dirty_since_ms + replica->topic->flush_ms;
        next = list_next(&service->dirty, node);
        if (replica->is_flushing)
            continue;
        if (due_ms <= service->now.steady_ms)
            flush(service, replica);
        else if (due_ms < service->flush_at_ms)
            service->flush_at_ms = due_ms;
    }
}

static void flush_due(struct service *service)
{
    struct list_node *node;

    while ((node = list_first(&service->eager)) != NULL)
        flush(service, CONTAINER_OF(node, struct replica, in_eager));
    if (service->now.steady_ms >= service->flush_at_ms)
        look_at_dirty(service);
}

/* ---- the checkpoint ---- */

void service_note_checkpoint(struct service *service)
{
    if (service->checkpoint_at_ms == UINT64_MAX)
        service->checkpoint_at_ms = service->now.steady_ms + service->options->flush_ms;
}

struct gathering {
    struct checkpoint *checkpoint;
    bool is_clean;
};

static void gather(void *context, struct replica *replica)
{
    const struct gathering *gathering = context;
    struct replica_key key = replica_key_of(replica->topic, replica->number);
    bool is_clean = gathering->is_clean && !replica->is_unsettled;
    struct partition_checkpoint entry = {
        .is_known = true,
        .is_clean = is_clean,
        .flushed_offset =
            is_clean ? partition_end_offset(replica->log) : partition_flushed_offset(replica->log),
        .start_offset = partition_start_offset(replica->log),
    };

    checkpoint_put(gathering->checkpoint, key.text, &entry);
}

struct checkpoint *service_gather_checkpoint(const struct service *service, bool is_clean)
{
    struct gathering gathering = {.checkpoint = checkpoint_new(), .is_clean = is_clean};

    service_each_replica(service, gather, &gathering);
    return gathering.checkpoint;
}

static void save_checkpoint(struct service *service)
{
    struct service_job *job = NEW(struct service_job);

    job->kind = JOB_CHECKPOINT;
    job->checkpoint = service_gather_checkpoint(service, false);
    service->is_checkpointing = true;
    service->checkpoint_at_ms = UINT64_MAX;
    submit(service, job, true);
}

static void end_checkpoint(struct service *service, struct service_job *job)
{
    service->is_checkpointing = false;
    checkpoint_destroy(&job->checkpoint);
    if (job->result == ERR_OK)
        return;
    service_tell(service, SERVICE_WARN, "checkpoint.failed", "%s; the next start has more to check",
                 job->error.text);
    service_note_checkpoint(service);
}

/* ---- retention and compaction ---- */

static void retain(void *context, struct replica *replica)
{
    struct service *service = context;
    uint32_t gone = partition_retain(replica->log, service->now.wall_ms);

    partition_expire_producers(replica->log, service->now.wall_ms);
    if (gone == 0)
        return;
    service_tell(service, SERVICE_INFO, "segments.deleted",
                 "topic=%s partition=%d segments=%u start_offset=%" PRId64, replica->topic->name,
                 replica->number, gone, partition_start_offset(replica->log));
    service_note_checkpoint(service);
}

static void clean(void *context, struct replica *replica)
{
    struct service *service = context;

    if (service->is_cleaning || replica->cleaning != NULL || !replica->topic->options.compacts ||
        service->now.steady_ms < replica->clean_from_ms || partition_failure(replica->log) != NULL)
        return;
    struct clean_plan *plan = partition_clean_plan(replica->log, service->now.wall_ms);
    if (plan == NULL)
        return;
    struct service_job *job = NEW(struct service_job);
    job->kind = JOB_CLEAN;
    job->replica = replica;
    job->plan = plan;
    replica->cleaning = plan;
    service->is_cleaning = true;
    submit(service, job, false);
}

static void end_clean(struct service *service, struct service_job *job)
{
    struct replica *replica = job->replica;
    struct error error = job->error;
    enum err err = partition_clean_finish(replica->log, &job->plan, &error);

    replica->cleaning = NULL;
    service->clean_at_ms = service->now.steady_ms; /* there may be more */
    if (job->result == ERR_OK && err == ERR_OK)
        return;
    /* The others have their turn first, or one that is damaged would keep them all from it. */
    replica->clean_from_ms = service->now.steady_ms + CLEAN_AGAIN_MS;
    service_tell(service, SERVICE_WARN, "compaction.failed", "topic=%s partition=%d: %s",
                 replica->topic->name, replica->number, error.text);
}

static uint64_t keep_house(struct service *service)
{
    uint64_t now_ms = service->now.steady_ms;

    if (now_ms >= service->retain_at_ms) {
        service_each_replica(service, retain, service);
        service->retain_at_ms = now_ms + service->options->retention_check_ms;
    }
    if (now_ms >= service->clean_at_ms) {
        service->clean_at_ms = now_ms + service->options->cleaner_check_ms;
        service_each_replica(service, clean, service);
    }
    return service->retain_at_ms < service->clean_at_ms ? service->retain_at_ms
                                                        : service->clean_at_ms;
}

/* ---- turns ---- */

uint64_t service_disk_turn(struct service *service)
{
    uint64_t next_ms = keep_house(service);

    flush_due(service);
    if (service->is_full && service->now.steady_ms - service->room_looked_ms >= ROOM_LOOK_MS)
        look_at_room(service);
    if (!service->is_checkpointing && service->now.steady_ms >= service->checkpoint_at_ms)
        save_checkpoint(service);
    if (!service->is_checkpointing && service->checkpoint_at_ms < next_ms)
        next_ms = service->checkpoint_at_ms;
    return service->flush_at_ms < next_ms ? service->flush_at_ms : next_ms;
}

/* The replica is left by a job that is of no use any more. What was compacted is not put in place, nor is it noted what
 * was flushed: a new topic may have the folder's name already. */
static void leave(struct service_job *job)
{
    struct replica *replica = job->replica;

    if (job->kind == JOB_FLUSH) {
        replica->is_flushing = false;
        partition_flush_end(replica->log, &job->flush, ERR_CANCELLED, NULL);
    } else {
        replica->cleaning = NULL;
    }
    if (replica->is_gone && !replica->is_flushing && replica->cleaning == NULL)
        replica_free(replica);
    clean_plan_destroy(&job->plan);
}

void service_job_done(struct service *service, struct service_job *job, struct service_now now)
{
    service->now = now;
    service->jobs--;
    switch (job->kind) {
    case JOB_FLUSH:
        if (job->replica->is_gone)
            leave(job);
        else
            end_flush(service, job);
        break;
    case JOB_CLEAN:
        service->is_cleaning = false;
        if (job->replica->is_gone)
            leave(job);
        else
            end_clean(service, job);
        break;
    case JOB_CHECKPOINT:
        end_checkpoint(service, job);
        break;
    }
    free(job);
}

void service_job_forget(struct service *service, struct service_job *job)
{
    service->jobs--;
    job->result = ERR_CANCELLED;
    (void)error_set(&job->error, ERR_CANCELLED, "the broker ends");
    if (job->kind == JOB_CHECKPOINT)
        checkpoint_destroy(&job->checkpoint);
    else
        leave(job);
    free(job);
}
