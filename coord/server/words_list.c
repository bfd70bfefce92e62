/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/words_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/protocol/message.h"

enum {
    US_PER_MS = 1000,
};

static bool has_room(struct text *out, size_t begin)
{
    if (text_size(out) - begin <= WORDS_ANSWER_MAX)
        return true;
    text_add(out, "(cut off)\n");
    return false;
}

static void put_session(struct text *out, int64_t id)
{
    text_add(out, "0x%" PRIx64, (uint64_t)id);
}

/* ---- connections ---------------------------------------------------------------------------- */

static const struct op_name {
    int32_t op;
    const char *name;
} op_names[] = {
    {0, "SESS"},
    {MESSAGE_CREATE, "CREA"},
    {MESSAGE_DELETE, "DELE"},
    {MESSAGE_EXISTS, "EXIS"},
    {MESSAGE_GET_DATA, "GETD"},
    {MESSAGE_SET_DATA, "SETD"},
    {MESSAGE_GET_ACL, "GETA"},
    {MESSAGE_SET_ACL, "SETA"},
    {MESSAGE_GET_CHILDREN, "GETC"},
    {MESSAGE_SYNC, "SYNC"},
    {MESSAGE_PING, "PING"},
    {MESSAGE_GET_CHILDREN2, "GETC"},
    {MESSAGE_CHECK, "CHEC"},
    {MESSAGE_MULTI, "MULT"},
    {MESSAGE_CREATE2, "CREA"},
    {MESSAGE_RECONFIG, "RECO"},
    {MESSAGE_CHECK_WATCHES, "CHKW"},
    {MESSAGE_REMOVE_WATCHES, "REMW"},
    {MESSAGE_CREATE_CONTAINER, "CREA"},
    {MESSAGE_CREATE_TTL, "CREA"},
    {MESSAGE_MULTI_READ, "MLTR"},
    {MESSAGE_SET_WATCHES, "SETW"},
    {MESSAGE_GET_EPHEMERALS, "GETE"},
    {MESSAGE_GET_ALL_CHILDREN_NUMBER, "GETACN"},
    {MESSAGE_SET_WATCHES2, "STW2"},
    {MESSAGE_ADD_WATCH, "ADDW"},
    {MESSAGE_WHO_AM_I, "HOMI"},
    {MESSAGE_CLOSE_SESSION, "CLOS"},
};

static const char *name_op(int32_t op)
{
    for (size_t i = 0; i < COUNT_OF(op_names); i++)
        if (op_names[i].op == op)
            return op_names[i].name;
    return "NA";
}

/* "/127.0.0.1:2181", "/[::1]:2181" */
static void put_address(struct text *out, const struct words_connection *connection)
{
    bool is_ipv6 = strchr(connection->address, ':') != NULL;

    text_add(out, "/%s%s%s:%u", is_ipv6 ? "[" : "", connection->address, is_ipv6 ? "]" : "",
             (unsigned)connection->port);
}

/* ` /127.0.0.1:53712[1](queued=0,recved=3,sent=3`, without the end */
static void put_brief(struct text *out, const struct words_connection *connection)
{
    text_add(out, " ");
    put_address(out, connection);
    text_add(out, "[%d](queued=%" PRIu64 ",recved=%" PRIu64 ",sent=%" PRIu64, connection->is_read,
             connection->queued, connection->received, connection->sent);
}

static void put_details(struct text *out, const struct words_connection *connection)
{
    const struct words_latency *latency = &connection->latency;
    uint64_t average_us = latency->count == 0 ? 0 : latency->total_us / latency->count;

    text_add(out, ",sid=");
    put_session(out, connection->session_id);
    text_add(out, ",lop=%s", name_op(connection->last_op));
    text_add(out, ",est=%" PRId64, connection->established_ms);
    text_add(out, ",to=%" PRIu32, connection->timeout_ms);
    if (connection->last_xid >= 0)
        text_add(out, ",lcxid=0x%" PRIx32, (uint32_t)connection->last_xid);
    text_add(out, ",lzxid=0x%" PRIx64, (uint64_t)connection->last_zxid);
    text_add(out, ",lresp=%" PRIu64, connection->last_response_ms);
    text_add(out, ",llat=%" PRIu64, connection->last_latency_us / US_PER_MS);
    text_add(out, ",minlat=%" PRIu64, latency->min_us / US_PER_MS);
    text_add(out, ",avglat=%" PRIu64, average_us / US_PER_MS);
    text_add(out, ",maxlat=%" PRIu64, latency->max_us / US_PER_MS);
}

static bool next_connection(const struct words_lists *lists, struct words_cursor *cursor,
                            struct words_connection *ret_connection)
{
    return lists->next_connection != NULL &&
           lists->next_connection(lists->context, cursor, ret_connection);
}

void words_list_clients(const struct words_facts *facts, struct text *out)
{
    struct words_cursor cursor = {0};
    struct words_connection connection;
    size_t begin = text_size(out);

    text_add(out, "Clients:\n");
    while (next_connection(&facts->lists, &cursor, &connection) && has_room(out, begin)) {
        put_brief(out, &connection);
        text_add(out, ")\n");
    }
    text_add(out, "\n");
}

void words_list_cons(const struct words_facts *facts, struct text *out)
{
    struct words_cursor cursor = {0};
    struct words_connection connection;
    size_t begin = text_size(out);

    while (next_connection(&facts->lists, &cursor, &connection) && has_room(out, begin)) {
        put_brief(out, &connection);
        if (connection.session_id != 0)
            put_details(out, &connection);
        text_add(out, ")\n");
    }
    text_add(out, "\n");
}

/* ---- watches -------------------------------------------------------------------------------- */

void words_list_wchc(const struct words_facts *facts, struct text *out)
{
    const struct words_lists *lists = &facts->lists;
    struct words_cursor cursor = {0};
    struct words_path watch;
    int64_t session_id = 0; /* no session's */
    size_t begin = text_size(out);

    while (lists->next_watch_of_session != NULL &&
           lists->next_watch_of_session(lists->context, &cursor, &watch) && has_room(out, begin)) {
        if (watch.session_id != session_id) {
            session_id = watch.session_id;
            put_session(out, session_id);
            text_add(out, "\n");
        }
        text_add(out, "\t%.*s\n", (int)watch.path_size, watch.path);
    }
    text_add(out, "\n");
}

void words_list_wchp(const struct words_facts *facts, struct text *out)
{
    const struct words_lists *lists = &facts->lists;
    struct words_cursor cursor = {0};
    struct words_path watch;
    const char *path = NULL;
    size_t path_size = 0;
    size_t begin = text_size(out);

    while (lists->next_watch_of_path != NULL &&
           lists->next_watch_of_path(lists->context, &cursor, &watch) && has_room(out, begin)) {
        if (path == NULL || watch.path_size != path_size ||
            memcmp(watch.path, path, path_size) != 0) {
            path = watch.path;
            path_size = watch.path_size;
            text_add(out, "%.*s\n", (int)path_size, path);
        }
        text_add(out, "\t");
        put_session(out, watch.session_id);
        text_add(out, "\n");
    }
    text_add(out, "\n");
}

/* ---- dump ----------------------------------------------------------------------------------- */

enum {
    MS_PER_SECOND = 1000,
    SECONDS_PER_DAY = 24 * 60 * 60,
    DAYS_PER_WEEK = 7,
    DAYS_PER_400_YEARS = 146097,
    WEEKDAY_OF_EPOCH = 4, /* 1 January 1970 was a Thursday */
};

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

struct date {
    int64_t year;
    int month; /* 0 is January */
    int day;   /* from 1 on */
};

static struct date date_of(int64_t days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date date = {.year = 1970 + 400 * (days / DAYS_PER_400_YEARS)};

    days %= DAYS_PER_400_YEARS;
    while (days >= 365 + is_leap(date.year)) {
        days -= 365 + is_leap(date.year);
        date.year++;
    }
    int length = lengths[0];
    while (days >= length) {
        days -= length;
        date.month++;
        length = lengths[date.month] + (date.month == 1 && is_leap(date.year));
    }
    date.day = (int)days + 1;
    return date;
}

/* As Java does, "Sun Nov 22 00:06:20 UTC 2026"; times before 1970 as if they were that. */
static void put_date(struct text *out, int64_t wall_ms)
{
    static const char weekdays[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = wall_ms < 0 ? 0 : wall_ms / MS_PER_SECOND;
    int64_t days = seconds / SECONDS_PER_DAY;
    int second = (int)(seconds % SECONDS_PER_DAY);
    struct date date = date_of(days);

    text_add(out, "%s %s %02d %02d:%02d:%02d UTC %" PRId64,
             weekdays[(days + WEEKDAY_OF_EPOCH) % DAYS_PER_WEEK], months[date.month], date.day,
             second / 3600, second / 60 % 60, second % 60, date.year);
}

struct roll {
    struct words_session *items;
    size_t count;
};

static void roll_done(struct roll *roll)
{
    free(roll->items);
}

static int compare_numbers(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int compare_sessions(const void *left, const void *right)
{
    const struct words_session *first = left;
    const struct words_session *second = right;
    int order = compare_numbers(first->expires_ms, second->expires_ms);

    return order != 0 ? order : compare_numbers(first->id, second->id);
}

/* All sessions, by their ends. */
static struct roll collect_sessions(const struct words_lists *lists)
{
    struct roll roll = {0};
    struct words_cursor cursor = {0};
    struct words_session session;
    size_t capacity = 0;

    while (lists->next_session != NULL && lists->next_session(lists->context, &cursor, &session)) {
        if (roll.count == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            roll.items = mem_resize(roll.items, capacity, sizeof *roll.items);
        }
        roll.items[roll.count++] = session;
    }
    if (roll.count > 0)
        qsort(roll.items, roll.count, sizeof *roll.items, compare_sessions);
    return roll;
}

/* How many from `begin` on end together. */
static size_t count_set(const struct roll *roll, size_t begin)
{
    size_t end = begin;

    while (end < roll->count && roll->items[end].expires_ms == roll->items[begin].expires_ms)
        end++;
    return end - begin;
}

static size_t count_sets(const struct roll *roll)
{
    size_t sets = 0;

    for (size_t i = 0; i < roll->count; i += count_set(roll, i))
        sets++;
    return sets;
}

static void put_sessions(const struct words_lists *lists, struct text *out)
{
    AUTO(roll_done) struct roll roll = collect_sessions(lists);
    size_t begin = text_size(out);
    size_t left = 0; /* of the set */

    text_add(out, "Session Sets (%zu)/(%zu):\n", count_sets(&roll), roll.count);
    for (size_t i = 0; i < roll.count && has_room(out, begin); i++) {
        if (left == 0) {
            left = count_set(&roll, i);
            text_add(out, "%zu expire at ", left);
            put_date(out, roll.items[i].expires_ms);
            text_add(out, ":\n");
        }
        left--;
        text_add(out, "\t");
        put_session(out, roll.items[i].id);
        text_add(out, "\n");
    }
}

static bool next_ephemeral(const struct words_lists *lists, struct words_cursor *cursor,
                           struct words_path *ret_path)
{
    return lists->next_ephemeral != NULL && lists->next_ephemeral(lists->context, cursor, ret_path);
}

static size_t count_owners(const struct words_lists *lists)
{
    struct words_cursor cursor = {0};
    struct words_path node;
    int64_t owner = 0;
    size_t count = 0;

    while (next_ephemeral(lists, &cursor, &node)) {
        count += node.session_id != owner;
        owner = node.session_id;
    }
    return count;
}

static void put_ephemerals(const struct words_lists *lists, struct text *out)
{
    struct words_cursor cursor = {0};
    struct words_path node;
    int64_t owner = 0;
    size_t begin = text_size(out);

    text_add(out, "Sessions with Ephemerals (%zu):\n", count_owners(lists));
    while (next_ephemeral(lists, &cursor, &node) && has_room(out, begin)) {
        if (node.session_id != owner) {
            owner = node.session_id;
            put_session(out, owner);
            text_add(out, ":\n");
        }
        text_add(out, "\t%.*s\n", (int)node.path_size, node.path);
    }
}

/* Without the times at which they end, since here only sessions do. */
static void put_connections(const struct words_facts *facts, struct text *out)
{
    struct words_cursor cursor = {0};
    struct words_connection connection;
    size_t begin = text_size(out);

    text_add(out, "Connections (%zu):\n", facts->connections);
    while (next_connection(&facts->lists, &cursor, &connection) && has_room(out, begin)) {
        text_add(out, "\tip: ");
        put_address(out, &connection);
        text_add(out, " sessionId: ");
        put_session(out, connection.session_id);
        text_add(out, "\n");
    }
}

void words_list_dump(const struct words_facts *facts, struct text *out)
{
    text_add(out, "SessionTracker dump:\n");
    put_sessions(&facts->lists, out);
    text_add(out, "ephemeral nodes dump:\n");
    put_ephemerals(&facts->lists, out);
    text_add(out, "Connections dump:\n");
    put_connections(facts, out);
}
