/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/io/scout.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/mem.h"

#define ANSWER_MS 3000 /* for one question to a broker */
#define RETRY_MS  500  /* after a look that failed */

/* A partition that was found in a look, and is not fetched as yet. */
struct find {
    struct scout_part part;
    bool is_late_comer;
    struct start start;
};

struct scout {
    struct scout_options options;
    pthread_t thread;
    rd_kafka_topic_t **handles; /* by topic */
    int32_t *known;             /* by topic: partitions before this one are fetched */
    bool has_looked;            /* all there was at first is fetched; the thread's own */
    /* one look's */
    struct find *finds;
    uint32_t find_count;
    uint32_t find_capacity;
    int32_t *counts; /* by topic: partitions that there are now */

    /* shared */
    pthread_mutex_t mutex;
    pthread_cond_t stop_bell;
    bool must_stop;
    bool has_found_all;
    struct scout_part *found; /* taken up to found_taken */
    uint32_t found_taken;
    uint32_t found_count;
    uint32_t found_capacity;
    char last_complaint[ERROR_TEXT_MAX]; /* "": the last look was good */
    char complaint[ERROR_TEXT_MAX];
    bool has_complaint;
};

static void lock(struct scout *scout)
{
    int status = pthread_mutex_lock(&scout->mutex);

    ASSERT(status == 0);
}

static void unlock(struct scout *scout)
{
    int status = pthread_mutex_unlock(&scout->mutex);

    ASSERT(status == 0);
}

/* ---- what is asked of brokers; each returns what went wrong, or nothing ---- */

static const char *const fine = NULL;

static const char *count_partitions(struct scout *scout, uint32_t topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err =
        rd_kafka_metadata(scout->options.rk, 0, scout->handles[topic], &metadata, ANSWER_MS);

    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return rd_kafka_err2str(err);
    if (metadata->topic_cnt != 1)
        err = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    else if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
        err = metadata->topics[0].err;
    else
        scout->counts[topic] = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? fine : rd_kafka_err2str(err);
}

static rd_kafka_topic_partition_list_t *list_finds(const struct scout *scout)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)scout->find_count);

    for (uint32_t i = 0; i < scout->find_count; i++)
        (void)rd_kafka_topic_partition_list_add(
            list, scout->options.topics->names[scout->finds[i].part.topic],
            scout->finds[i].part.partition);
    return list;
}

static bool is_of_run(const struct scout *scout, const rd_kafka_topic_partition_t *committed)
{
    size_t length = strlen(scout->options.run);

    return length > 0 && committed->metadata_size == length &&
           memcmp(committed->metadata, scout->options.run, length) == 0;
}

static void choose_start(const struct scout *scout, struct find *find,
                         const rd_kafka_topic_partition_t *committed)
{
    struct start_facts facts = {.committed = committed->offset,
                                .is_of_run = is_of_run(scout, committed),
                                .is_late_comer = find->is_late_comer};

    find->start = start_choose(scout->options.start, scout->options.fallback, &facts);
}

static const char *choose_starts(struct scout *scout)
{
    rd_kafka_topic_partition_list_t *list = list_finds(scout);
    rd_kafka_resp_err_t err = rd_kafka_committed(scout->options.rk, list, ANSWER_MS);

    for (int i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++) {
        err = list->elems[i].err;
        choose_start(scout, &scout->finds[i], &list->elems[i]);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? fine : rd_kafka_err2str(err);
}

/* Offset of the first record that is not older; if all are, the end. */
static rd_kafka_resp_err_t find_time(const struct scout *scout, const struct find *find,
                                     int64_t *ret_offset)
{
    const char *topic = scout->options.topics->names[find->part.topic];
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *part =
        rd_kafka_topic_partition_list_add(list, topic, find->part.partition);

    part->offset = find->start.at;
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(scout->options.rk, list, ANSWER_MS);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        err = list->elems[0].err;
    *ret_offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

/* A committed offset beyond the log, or one that is gone, is where librdkafka's reset finds records;
 * here only a name for a place becomes an offset. */
static const char *resolve(const struct scout *scout, struct find *find)
{
    int64_t low;
    int64_t high;
    int64_t at = find->start.at;
    rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(
        scout->options.rk, scout->options.topics->names[find->part.topic], find->part.partition,
        &low, &high, ANSWER_MS);

    if (err == RD_KAFKA_RESP_ERR_NO_ERROR && find->start.kind == START_TIME)
        err = find_time(scout, find, &at);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return rd_kafka_err2str(err);
    find->part.end = high;
    find->part.start = find->start.kind == START_EARLIEST ? low
                       : find->start.kind == START_LATEST ? high
                       : at < 0                           ? high
                                                          : at;
    return fine;
}

/* ---- a look ---- */

static void note_find(struct scout *scout, uint32_t topic, int32_t partition)
{
    if (scout->find_count == scout->find_capacity) {
        scout->find_capacity = scout->find_capacity > 0 ? scout->find_capacity * 2 : 16;
        scout->finds = mem_resize(scout->finds, scout->find_capacity, sizeof *scout->finds);
    }
    scout->finds[scout->find_count++] = (struct find){
        .part = {.topic = topic, .partition = partition}, .is_late_comer = scout->has_looked};
}

static void complain(struct scout *scout, const char *doing, const char *topic, const char *why)
{
    char text[ERROR_TEXT_MAX];

    (void)snprintf(text, sizeof text, "%s%s%s%s: %s", doing, topic != NULL ? " '" : "",
                   topic != NULL ? topic : "", topic != NULL ? "'" : "", why);
    lock(scout);
    if (strcmp(text, scout->last_complaint) != 0) {
        memcpy(scout->last_complaint, text, sizeof text);
        memcpy(scout->complaint, text, sizeof text);
        scout->has_complaint = true;
    }
    unlock(scout);
    scout->options.wake(scout->options.context);
}

static bool find_parts(struct scout *scout)
{
    const struct scout_options *options = &scout->options;
    bool has_all = true;

    scout->find_count = 0;
    for (uint32_t topic = 0; topic < options->topics->count; topic++) {
        const char *why = count_partitions(scout, topic);
        if (why != fine) {
            complain(scout, "cannot read topic", options->topics->names[topic], why);
            scout->counts[topic] = scout->known[topic];
            has_all = false;
        }
        for (int32_t p = scout->known[topic]; p < scout->counts[topic]; p++) {
            if (spread_owner(topic, p, options->task_count) == options->task)
                note_find(scout, topic, p);
        }
    }
    return has_all;
}

static const char *resolve_all(struct scout *scout)
{
    const char *why = choose_starts(scout);

    for (uint32_t i = 0; why == fine && i < scout->find_count; i++)
        why = resolve(scout, &scout->finds[i]);
    return why;
}

/* The task has to know of them before their first record comes. */
static void publish(struct scout *scout)
{
    lock(scout);
    for (uint32_t i = 0; i < scout->find_count; i++) {
        if (scout->found_count == scout->found_capacity) {
            scout->found_capacity = scout->found_capacity > 0 ? scout->found_capacity * 2 : 16;
            scout->found = mem_resize(scout->found, scout->found_capacity, sizeof *scout->found);
        }
        scout->found[scout->found_count++] = scout->finds[i].part;
    }
    unlock(scout);
}

static const char *fetch(struct scout *scout)
{
    rd_kafka_topic_partition_list_t *list = list_finds(scout);

    for (uint32_t i = 0; i < scout->find_count; i++)
        list->elems[i].offset = scout->finds[i].part.start;
    rd_kafka_error_t *error = rd_kafka_incremental_assign(scout->options.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error == NULL)
        return fine;
    const char *why = rd_kafka_err2str(rd_kafka_error_code(error));
    rd_kafka_error_destroy(error);
    return why;
}

/* All of what was found or none of it. */
static bool take_up(struct scout *scout)
{
    const char *why = resolve_all(scout);

    if (why != fine) {
        complain(scout, "cannot find out where to begin", NULL, why);
        return false;
    }
    publish(scout);
    why = fetch(scout);
    if (why != fine)
        complain(scout, "cannot fetch", NULL, why);
    return why == fine;
}

static void note_success(struct scout *scout)
{
    scout->has_looked = true;
    lock(scout);
    scout->has_found_all = true;
    scout->last_complaint[0] = '\0'; /* the same, later, is news again */
    unlock(scout);
}

/* Returns whether everything is found for now. */
static bool look(struct scout *scout)
{
    bool has_all = find_parts(scout);

    if (scout->find_count > 0 && !take_up(scout))
        return false;
    for (uint32_t topic = 0; topic < scout->options.topics->count; topic++)
        scout->known[topic] = scout->counts[topic];
    if (has_all)
        note_success(scout);
    if (scout->find_count > 0 || has_all)
        scout->options.wake(scout->options.context);
    return has_all;
}

/* ---- the thread ---- */

/* True if it is told to stop. */
static bool wait(struct scout *scout, uint64_t pause_ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(pause_ms / 1000);
    until.tv_nsec += (long)(pause_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    lock(scout);
    int status = 0;
    while (!scout->must_stop && status == 0)
        status = pthread_cond_timedwait(&scout->stop_bell, &scout->mutex, &until);
    bool must_stop = scout->must_stop;
    unlock(scout);
    return must_stop;
}

static void *run(void *argument)
{
    struct scout *scout = argument;
    uint64_t pause_ms = 0;

    while (!wait(scout, pause_ms))
        pause_ms = look(scout) ? scout->options.refresh_ms : RETRY_MS;
    return NULL;
}

static void init_bell(pthread_cond_t *bell)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(bell, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static void destroy(struct scout *scout)
{
    for (uint32_t i = 0; i < scout->options.topics->count; i++)
        rd_kafka_topic_destroy(scout->handles[i]);
    (void)pthread_cond_destroy(&scout->stop_bell);
    (void)pthread_mutex_destroy(&scout->mutex);
    free(scout->handles);
    free(scout->known);
    free(scout->counts);
    free(scout->finds);
    free(scout->found);
    free(scout);
}

enum err scout_new(const struct scout_options *options, struct scout **ret_scout,
                   struct error *error)
{
    struct scout *scout = NEW(struct scout);
    uint32_t topics = options->topics->count;

    scout->options = *options;
    scout->handles = NEW_ARRAY(rd_kafka_topic_t *, topics);
    scout->known = NEW_ARRAY(int32_t, topics);
    scout->counts = NEW_ARRAY(int32_t, topics);
    for (uint32_t i = 0; i < topics; i++)
        scout->handles[i] = rd_kafka_topic_new(options->rk, options->topics->names[i], NULL);
    (void)pthread_mutex_init(&scout->mutex, NULL);
    init_bell(&scout->stop_bell);
    int status = pthread_create(&scout->thread, NULL, run, scout);
    if (status != 0) {
        destroy(scout);
        return error_set(error, ERR_IO, "cannot start a thread: %s", strerror(status));
    }
    *ret_scout = scout;
    return ERR_OK;
}

void scout_destroy(struct scout **scout)
{
    if (*scout == NULL)
        return;
    lock(*scout);
    (*scout)->must_stop = true;
    (void)pthread_cond_signal(&(*scout)->stop_bell);
    unlock(*scout);
    (void)pthread_join((*scout)->thread, NULL);
    destroy(*scout);
    *scout = NULL;
}

/* ---- for the task ---- */

bool scout_take(struct scout *scout, struct scout_part *ret_part)
{
    lock(scout);
    bool has_some = scout->found_taken < scout->found_count;
    if (has_some)
        *ret_part = scout->found[scout->found_taken++];
    unlock(scout);
    return has_some;
}

bool scout_has_found_all(struct scout *scout)
{
    lock(scout);
    bool has_all = scout->has_found_all;
    unlock(scout);
    return has_all;
}

bool scout_take_complaint(struct scout *scout, char *text)
{
    lock(scout);
    bool has_some = scout->has_complaint;
    if (has_some)
        memcpy(text, scout->complaint, ERROR_TEXT_MAX);
    scout->has_complaint = false;
    unlock(scout);
    return has_some;
}
