/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/api/asking.h"
#include "ui/messages/handlers.h"
#include "ui/messages/place.h"
#include "ui/messages/reading.h"
#include "ui/messages/record_view.h"
#include "ui/messages/session.h"
#include "ui/read.h"

/*
 * Where each partition begins is asked first; so an answer can say where to go on in all of them, also in those of
 * which it has no record.
 *
 * "latest" reads the last records of each partition, as many as are wanted in all, and keeps the newest; everything
 * else ends as soon as there are enough.
 */

enum {
    LIMIT = 50,
    LIMIT_MAX = 500,
    LATEST_MAX = 5000,       /* records that are read to find the newest */
    BYTES_MAX = 1024 * 1024, /* of the answer */
    PARTITION_MAX = 100000,
};

#define WITHIN_NS 2000000000u

struct browsing {
    struct handling *handling;
    struct session session;
    const char *topic;
    int64_t partition; /* -1: all */
    size_t limit;
    bool is_latest;
    bool has_filter;
    struct needle filter;
    uint64_t until_ns;
    json_t *records;
    json_t *next; /* partition to offset */
    json_t *
        ends; /* the same, of the ends: whoever waits for the log to say so waits for its next records */
    size_t left; /* partitions that are not read to their ends */
    uint64_t scanned;
    size_t bytes;
    const char *stopped; /* NULL: at the end of all */
};

struct name {
    char text[24];
};

static struct name name_of(int64_t partition)
{
    struct name name;

    (void)snprintf(name.text, sizeof name.text, "%" PRId64, partition);
    return name;
}

static void set_next(struct browsing *browsing, int64_t partition, int64_t offset)
{
    asking_put(browsing->next, name_of(partition).text, json_integer((json_int_t)offset));
}

static int64_t end_of(const struct browsing *browsing, int64_t partition)
{
    const json_t *end = json_object_get(browsing->ends, name_of(partition).text);

    return end == NULL ? -1 : (int64_t)json_integer_value(end);
}

/* ---- reading ---- */

static bool has_enough(struct browsing *browsing)
{
    if (browsing->bytes >= BYTES_MAX)
        browsing->stopped = "bytes";
    else if (!browsing->is_latest && json_array_size(browsing->records) >= browsing->limit)
        browsing->stopped = "limit";
    return browsing->stopped != NULL;
}

static bool take(void *context, const struct console_record *record)
{
    struct browsing *browsing = context;

    browsing->scanned++;
    set_next(browsing, record->partition, record->offset + 1);
    if (record->offset + 1 == end_of(browsing, record->partition))
        browsing->left--;
    if (!browsing->has_filter || record_view_has(record, &browsing->filter)) {
        (void)json_array_append_new(browsing->records, record_view(record));
        browsing->bytes += record_view_size(record);
    }
    return browsing->left > 0 && !has_enough(browsing);
}

/* False, and answered, if it cannot be read at all. */
static bool read_from(struct browsing *browsing, int64_t partition, struct console_place place)
{
    const struct log_console *table = browsing->session.table;
    const struct console_consumer_options options = {
        .servers = browsing->session.servers,
        .topic = browsing->topic,
        .partition = (int32_t)partition,
        .from = place,
    };
    const struct reading reading = {
        .backend = browsing->handling->backend,
        .table = table,
        .until_ns = browsing->until_ns,
        .take = take,
        .context = browsing,
    };
    struct console_consumer *consumer;
    struct error error;

    if (!session_judge(browsing->handling, table->open_consumer(&options, &consumer, &error),
                       &error))
        return false;
    enum reading_end end = reading_run(&reading, consumer, &error);
    table->close_consumer(&consumer);
    if (end == READING_FAILED)
        return session_judge(browsing->handling, error.code, &error);
    if (end == READING_LATE)
        browsing->stopped = "time";
    return true;
}

/* ---- where from ---- */

/* The offsets of a place in the partitions that are wanted. False, and answered. */
static bool find(struct browsing *browsing, struct console_place place, json_t **ret_places)
{
    struct session *session = &browsing->session;
    struct error error;

    return session_judge(
        browsing->handling,
        session->table->find_places(session->console, browsing->topic, place, ret_places, &error),
        &error);
}

static bool is_wanted(const struct browsing *browsing, const json_t *place)
{
    return browsing->partition < 0 ||
           json_integer_value(json_object_get(place, "partition")) == browsing->partition;
}

/* So many of each partition that their newest are among the last of all. */
static int64_t share_of(const struct browsing *browsing, size_t partitions)
{
    int64_t most = LATEST_MAX / (partitions == 0 ? 1 : (int64_t)partitions);
    int64_t wanted = browsing->has_filter ? LATEST_MAX : (int64_t)browsing->limit;

    if (wanted > most)
        wanted = most;
    return wanted > 0 ? wanted : 1;
}

static void begin(struct browsing *browsing, const json_t *place)
{
    int64_t partition = json_integer_value(json_object_get(place, "partition"));
    int64_t offset = json_integer_value(json_object_get(place, "offset"));
    int64_t end = json_integer_value(json_object_get(place, "end"));

    set_next(browsing, partition, offset);
    asking_put(browsing->ends, name_of(partition).text, json_integer((json_int_t)end));
    browsing->left += offset < end;
}

/* One place for all partitions that are wanted. */
static bool read_place(struct browsing *browsing, struct console_place place)
{
    json_t *places;
    size_t wanted = 0;
    size_t index;
    json_t *one;

    if (!find(browsing, place, &places))
        return false;
    json_array_foreach(read_list(places, "partitions"), index, one) wanted +=
        is_wanted(browsing, one);
    if (browsing->is_latest) {
        place = (struct console_place){CONSOLE_PLACE_LAST, share_of(browsing, wanted)};
        json_decref(places);
        if (!find(browsing, place, &places))
            return false;
    }
    json_array_foreach(read_list(places, "partitions"), index, one)
    {
        if (is_wanted(browsing, one))
            begin(browsing, one);
    }
    json_decref(places);
    return (wanted > 0 && browsing->left == 0) || read_from(browsing, browsing->partition, place);
}

static void keep_ends(struct browsing *browsing, const json_t *places)
{
    size_t index;
    json_t *place;

    json_array_foreach(read_list(places, "partitions"), index, place)
    {
        int64_t partition = json_integer_value(json_object_get(place, "partition"));
        asking_put(browsing->ends, name_of(partition).text,
                   json_incref(json_object_get(place, "end")));
    }
}

/* A place for each partition: one after the other, and those that are at their end not at all. */
static bool read_places(struct browsing *browsing, const struct place_list *list)
{
    json_t *ends;
    bool is_right = true;

    if (!find(browsing, (struct console_place){.kind = CONSOLE_PLACE_LATEST}, &ends))
        return false;
    keep_ends(browsing, ends);
    json_decref(ends);
    for (size_t i = 0; i < list->count; i++)
        set_next(browsing, list->items[i].partition, list->items[i].offset);
    for (size_t i = 0; i < list->count && is_right && browsing->stopped == NULL; i++) {
        const struct place_at *at = &list->items[i];
        struct console_place place = {CONSOLE_PLACE_OFFSET, at->offset};
        if (end_of(browsing, at->partition) == at->offset)
            continue;
        if (!browsing->is_latest && json_array_size(browsing->records) >= browsing->limit) {
            browsing->stopped = "limit"; /* the one before ended just there */
            continue;
        }
        browsing->left = 1;
        is_right = read_from(browsing, at->partition, place);
    }
    return is_right;
}

static bool browse(struct browsing *browsing, const char *from)
{
    struct console_place place;
    struct place_list list;

    if (place_read_list(from, &list) && browsing->partition < 0)
        return read_places(browsing, &list);
    if (place_read(from, &place)) {
        browsing->is_latest = place.kind == CONSOLE_PLACE_LATEST;
        return read_place(browsing, place);
    }
    answer_refuse(browsing->handling, CONTROL_INVALID,
                  "'from' must be 'latest', 'earliest', 'offset:N', 'time:MS' or 'last:N', or, "
                  "without 'partition', 'at:P=N,P=N'");
    return false;
}

/* ---- the handler ---- */

static bool read_query(struct handling *handling, struct browsing *browsing)
{
    static const char *const known[] = {"partition", "from", "limit", "filter", NULL};
    const char *filter = request_query(handling->request, "filter", "");
    int64_t limit;

    if (!asking_check(handling, known) ||
        !request_number(handling, "partition", 0, PARTITION_MAX, -1, &browsing->partition) ||
        !request_number(handling, "limit", 1, LIMIT_MAX, LIMIT, &limit))
        return false;
    browsing->limit = (size_t)limit;
    browsing->has_filter = filter[0] != '\0';
    if (browsing->has_filter && !needle_init(&browsing->filter, filter, true)) {
        answer_refuse(handling, CONTROL_INVALID, "'filter' has at most %d bytes", NEEDLE_MAX);
        return false;
    }
    return true;
}

void messages_records(struct handling *handling)
{
    const struct backend *backend = handling->backend;
    struct browsing browsing = {
        .handling = handling,
        .topic = request_param(handling->request, "topic"),
        .until_ns = backend->now_ns(backend->context) + WITHIN_NS,
    };

    if (!read_query(handling, &browsing) || !session_open(handling, &browsing.session))
        return;
    browsing.records = json_array();
    browsing.next = json_object();
    browsing.ends = json_object();
    if (browse(&browsing, request_query(handling->request, "from", "latest")))
        answer_json(handling,
                    json_pack("{s:o, s:I, s:O, s:b, s:s?}", "records",
                              record_view_last(browsing.records, browsing.limit), "scanned",
                              (json_int_t)browsing.scanned, "next", browsing.next, "is_complete",
                              browsing.stopped == NULL, "stopped", browsing.stopped));
    json_decref(browsing.records);
    json_decref(browsing.next);
    json_decref(browsing.ends);
    session_close(&browsing.session);
}
