/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sessions.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "cli/views/columns.h"

void sessions_done(struct session_table *table)
{
    free(table->rows);
    *table = (struct session_table){.rows = NULL};
}

/* The session's row, a new one if need be; NULL when there are too many. */
static struct session_row *find(struct session_table *table, uint64_t id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].id == id)
            return &table->rows[i];
    }
    if (table->count == SESSIONS_MAX)
        return NULL;
    if (table->count == table->capacity) {
        table->capacity = table->capacity == 0 ? 16 : 2 * table->capacity;
        table->rows = mem_resize(table->rows, table->capacity, sizeof *table->rows);
    }
    table->rows[table->count] = (struct session_row){.id = id};
    return &table->rows[table->count++];
}

/* ---- lines ---- */

/* Calls read() for each line, without its end. */
static void each_line(struct session_table *table, const char *name, const char *answer,
                      void (*read)(struct session_table *, const char *, const char *))
{
    struct text line;

    text_init(&line);
    for (const char *at = answer; *at != '\0';) {
        size_t size = strcspn(at, "\r\n");

        text_clear(&line);
        text_add_bytes(&line, at, size);
        read(table, name, text_data(&line));
        at += size;
        at += strspn(at, "\r\n");
    }
    text_done(&line);
}

/* The number behind "key=" between '(' or ',' and ',' or ')'; 0 if there is none. */
static uint64_t read_field(const char *line, const char *key)
{
    size_t size = strlen(key);

    for (const char *at = strstr(line, key); at != NULL; at = strstr(at + 1, key)) {
        if (at > line && (at[-1] == '(' || at[-1] == ',') && at[size] == '=')
            return strtoull(at + size + 1, NULL, 0);
    }
    return 0;
}

/* " /127.0.0.1:52844[1](queued=0,recved=2,...,sid=0x1000,...,est=1700000000000,to=4000,...)" */
static void read_connection(struct session_table *table, const char *server, const char *line)
{
    const char *begin = strchr(line, '/');
    const char *fields = strchr(line, '(');
    uint64_t id = fields == NULL ? 0 : read_field(fields, "sid");
    struct session_row *row = begin == NULL || id == 0 ? NULL : find(table, id);

    if (row == NULL)
        return; /* a connection without a session: our own */
    const char *end = fields;
    while (end > begin && *end != '[') /* the last one: an IPv6 address has others */
        end--;
    size_t size = end > begin ? (size_t)(end - begin) - 1 : 0;
    (void)snprintf(row->address, sizeof row->address, "%.*s", (int)size, begin + 1);
    (void)snprintf(row->server, sizeof row->server, "%s", server);
    row->timeout_ms = read_field(fields, "to");
    row->since_ms = read_field(fields, "est");
    row->received = read_field(fields, "recved");
}

void sessions_read_cons(struct session_table *table, const char *server, const char *answer)
{
    each_line(table, server, answer, read_connection);
}

/* "<tab>0x1000" is a session of the list; "0x1000:" begins its ephemeral nodes, "<tab>/path". */
void sessions_read_dump(struct session_table *table, const char *answer)
{
    struct session_row *owner = NULL;
    uint64_t counted = 0; /* whose nodes another server has told: not counted again */

    for (const char *at = answer; *at != '\0'; at += strspn(at, "\r\n")) {
        const char *word = at + strspn(at, " \t");
        char *end = NULL;

        if (strncmp(word, "0x", 2) == 0) {
            struct session_row *row = find(table, strtoull(word, &end, 16));
            bool begins_nodes = *end == ':';

            owner = begins_nodes ? row : NULL;
            if (owner != NULL && owner->ephemerals > 0)
                counted = owner->id;
        } else if (word[0] == '/' && word > at && owner != NULL && owner->id != counted) {
            owner->ephemerals++;
        }
        at += strcspn(at, "\r\n");
    }
}

bool sessions_is_refusal(const char *answer)
{
    return strstr(answer, "is not executed because it is not in the whitelist") != NULL;
}

/* ---- what is shown ---- */

static int compare(const void *a, const void *b)
{
    uint64_t first = ((const struct session_row *)a)->id;
    uint64_t second = ((const struct session_row *)b)->id;

    return (first > second) - (first < second);
}

void sessions_sort(struct session_table *table)
{
    if (table->count > 0)
        qsort(table->rows, table->count, sizeof *table->rows, compare);
}

static void add_row(struct columns *columns, const struct session_row *row, uint64_t now_ms)
{
    bool is_connected = row->address[0] != '\0';

    columns_add(columns, "0x%" PRIx64, row->id);
    columns_add(columns, "%s", is_connected ? row->address : "not connected");
    columns_add(columns, "%s", is_connected ? row->server : "-");
    if (row->timeout_ms > 0)
        columns_add(columns, "%.3g s", (double)row->timeout_ms / 1000);
    else
        columns_add(columns, "-");
    if (row->since_ms > 0 && row->since_ms <= now_ms)
        columns_add(columns, "%" PRIu64 " s", (now_ms - row->since_ms) / 1000);
    else
        columns_add(columns, "-");
    columns_add(columns, "%" PRIu64, row->received);
    columns_add(columns, "%zu", row->ephemerals);
}

void sessions_view(const struct session_table *table, uint64_t now_ms, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "lllrrrr");
    columns_add_row(&columns, (const char *const[]){"session", "client", "server", "timeout",
                                                    "connected", "requests", "ephemerals"});
    for (size_t i = 0; i < table->count; i++)
        add_row(&columns, &table->rows[i], now_ms);
    columns_render(&columns, text);
    columns_done(&columns);
}

static json_t *row_to_json(const struct session_row *row)
{
    char id[24];
    bool is_connected = row->address[0] != '\0';

    (void)snprintf(id, sizeof id, "0x%" PRIx64, row->id);
    return json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:I, s:I}", "session", id, "client",
                     is_connected ? row->address : NULL, "server",
                     is_connected ? row->server : NULL, "timeout_ms", (json_int_t)row->timeout_ms,
                     "connected_since_ms", (json_int_t)row->since_ms, "requests",
                     (json_int_t)row->received, "ephemerals", (json_int_t)row->ephemerals);
}

void sessions_view_json(const struct session_table *table, struct text *text)
{
    json_t *list = json_array();

    for (size_t i = 0; i < table->count; i++)
        json_array_append_new(list, row_to_json(&table->rows[i]));
    json_t *object = json_pack("{s:i, s:o}", "v", 1, "sessions", list);
    char *line = json_dumps(object, JSON_COMPACT);
    ASSERT(line != NULL);
    text_add(text, "%s\n", line);
    free(line);
    json_decref(object);
}
