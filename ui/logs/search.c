/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/api/asking.h"
#include "ui/logs/handlers.h"
#include "ui/logs/lines.h"
#include "ui/logs/piece.h"
#include "ui/logs/store.h"

/*
 * A search goes through the files in the order of their listing, in chunks, and ends at the limits of matches,
 * bytes or time. Then it says where it is: supervisor, slot, file and offset, at which the next one begins.
 */

enum {
    MATCHES = 100,
    MATCHES_MAX = 1000,
    SHOWN_MAX = 1024, /* bytes of a line */
    SLOT_MAX = 65535,
    NUMBER_DIGITS_MAX = 18, /* of one that fits into 63 bits */
};

#define BYTES_MAX (64u * 1024 * 1024)
#define WITHIN_NS 5000000000u

struct search {
    const struct backend *backend;
    struct needle needle;
    const char *supervisor; /* only of it; "" */
    int64_t slot;           /* only of it; -1 */
    size_t max;
    uint64_t until_ns;
    struct store_file begin; /* where to begin, if it has a name */
    uint64_t begin_offset;
    json_t *matches;
    json_t *missing;
    uint64_t files_searched;
    uint64_t bytes_searched;
    uint64_t offset; /* in the file that is searched */
};

/* ---- where to go on ---- */

/* Copies what stands before the next '/', and returns what stands behind it; NULL if it does not fit. */
static const char *take_part(const char *text, char *part, size_t capacity)
{
    const char *end = text == NULL ? NULL : strchr(text, '/');

    if (end == NULL || (size_t)(end - text) >= capacity)
        return NULL;
    memcpy(part, text, (size_t)(end - text));
    part[end - text] = '\0';
    return end + 1;
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > NUMBER_DIGITS_MAX || text[digits] != '\0')
        return false;
    *ret_number = strtoull(text, NULL, 10);
    return true;
}

static bool read_begin(const char *next, struct search *search)
{
    struct store_file *begin = &search->begin;
    char slot[NUMBER_DIGITS_MAX + 1];

    const char *rest = take_part(next, begin->supervisor, sizeof begin->supervisor);
    rest = take_part(rest, slot, sizeof slot);
    rest = take_part(rest, begin->name, sizeof begin->name);
    return rest != NULL && read_number(slot, &begin->slot) &&
           read_number(rest, &search->begin_offset) && store_is_id(begin->supervisor) &&
           store_is_name(begin->name);
}

static json_t *show_next(const struct store_file *file, uint64_t offset)
{
    return json_sprintf("%s/%" PRIu64 "/%s/%" PRIu64, file->supervisor, file->slot, file->name,
                        offset);
}

/* ---- one file ---- */

/* Of a long line the part around the match, which is whole if it can be. */
static json_t *show_line(const struct lines_match *match)
{
    size_t size = match->size < SHOWN_MAX ? match->size : SHOWN_MAX;
    size_t begin = match->column > SHOWN_MAX / 4 ? match->column - SHOWN_MAX / 4 : 0;

    if (begin + size > match->size)
        begin = match->size - size;
    return piece_json(match->line + begin, size);
}

static void add_match(struct search *search, const struct store_file *file,
                      const struct lines_match *match)
{
    int64_t at = piece_time(match->line, match->size);

    (void)json_array_append_new(
        search->matches,
        json_pack("{s:s, s:I, s:s, s:I, s:o, s:o, s:s?}", "supervisor", file->supervisor, "slot",
                  (json_int_t)file->slot, "file", file->name, "offset", (json_int_t)match->offset,
                  "line", show_line(match), "at", at < 0 ? json_null() : json_integer(at), "level",
                  piece_level(match->line, match->size)));
}

static bool is_over(const struct search *search)
{
    return json_array_size(search->matches) >= search->max || search->bytes_searched >= BYTES_MAX ||
           search->backend->now_ns(search->backend->context) > search->until_ns;
}

static void take_all(struct search *search, const struct store_file *file, struct lines *lines)
{
    struct lines_match match;

    while (json_array_size(search->matches) < search->max && lines_take(lines, &match))
        add_match(search, file, &match);
    search->offset = lines_next(lines);
}

/* Reads the next chunk; false at the end of the file. A file that is gone has ended. */
static bool feed(struct search *search, const struct store_file *file, uint64_t at,
                 struct lines *lines, uint64_t *ret_at)
{
    struct store_piece piece;
    struct control_fault fault;

    enum control_code code =
        store_read(search->backend, file, (int64_t)at, CONTROL_CHUNK_MAX, &piece, &fault);
    if (code == CONTROL_OK && piece.offset != at)
        piece.size = 0; /* it was rotated, and is shorter now */
    if (code != CONTROL_OK && code != CONTROL_NOT_FOUND) {
        json_t *text = json_string(fault.text);
        (void)json_array_append_new(
            search->missing, json_pack("{s:s, s:o}", "supervisor", file->supervisor, "text",
                                       text != NULL ? text : json_string("it cannot be read")));
    }
    if (code != CONTROL_OK)
        return false;
    *ret_at = at + piece.size;
    search->bytes_searched += piece.size;
    bool is_last = piece.size == 0 || *ret_at >= piece.file_size;
    lines_feed(lines, piece.size == 0 ? "" : piece.bytes, piece.size, is_last);
    free(piece.bytes);
    return !is_last;
}

/* True if the file was searched to its end; else search->offset says how far. */
static bool search_file(struct search *search, const struct store_file *file, uint64_t offset)
{
    struct lines lines;
    uint64_t at = offset;
    bool has_more = true;

    lines_init(&lines, &search->needle, offset);
    search->offset = offset;
    search->files_searched++;
    while (has_more && !is_over(search)) {
        has_more = feed(search, file, at, &lines, &at);
        take_all(search, file, &lines);
    }
    bool is_whole =
        !has_more && (json_array_size(search->matches) < search->max || search->offset >= at);
    lines_done(&lines);
    return is_whole;
}

/* ---- all of them ---- */

static bool is_wanted(const struct search *search, const struct store_file *file)
{
    return (search->supervisor[0] == '\0' || strcmp(search->supervisor, file->supervisor) == 0) &&
           (search->slot < 0 || (uint64_t)search->slot == file->slot);
}

/* Whether it stands before the place at which the search begins. */
static bool is_before(const struct store_file *file, const struct store_file *begin)
{
    if (begin->name[0] == '\0')
        return false;
    int order = strcmp(file->supervisor, begin->supervisor);
    if (order != 0)
        return order < 0;
    if (file->slot != begin->slot)
        return file->slot < begin->slot;
    return store_number(file->name) < store_number(begin->name);
}

static bool is_begin(const struct search *search, const struct store_file *file)
{
    return search->begin.slot == file->slot && strcmp(search->begin.name, file->name) == 0 &&
           strcmp(search->begin.supervisor, file->supervisor) == 0;
}

/* Where to go on; NULL if nothing is left. */
static json_t *search_files(struct search *search, const struct store_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct store_file *file = &list->files[i];
        if (!is_wanted(search, file) || is_before(file, &search->begin))
            continue;
        uint64_t offset = is_begin(search, file) ? search->begin_offset : 0;
        if (is_over(search))
            return show_next(file, offset);
        if (!search_file(search, file, offset))
            return show_next(file, search->offset);
    }
    return NULL;
}

static bool read_query(struct handling *handling, struct search *search)
{
    static const char *const known[] = {"q", "supervisor", "slot", "max", "case", "next", NULL};
    const struct http_request *request = handling->request;
    const char *next = request_query(request, "next", "");
    int64_t max;
    bool has_case;

    search->supervisor = request_query(request, "supervisor", "");
    if (!asking_check(handling, known) ||
        !request_number(handling, "max", 1, MATCHES_MAX, MATCHES, &max) ||
        !request_number(handling, "slot", 0, SLOT_MAX, -1, &search->slot) ||
        !asking_flag(handling, "case", &has_case))
        return false;
    search->max = (size_t)max;
    if (!needle_init(&search->needle, request_query(request, "q", ""), has_case)) {
        answer_refuse(handling, CONTROL_INVALID, "'q' must be a text of 1 to %d bytes", NEEDLE_MAX);
        return false;
    }
    if (next[0] != '\0' && !read_begin(next, search)) {
        answer_refuse(handling, CONTROL_INVALID,
                      "'next' must be what an answer before has as 'next'");
        return false;
    }
    return true;
}

/* How the search ends without a file that cannot be read is complete; `missing` names the rest. */
static void run(struct handling *handling, struct search *search, const json_t *supervisors)
{
    struct store_list list;

    store_list(handling->backend, supervisors, request_param(handling->request, "id"), &list);
    search->missing = list.missing;
    search->matches = json_array();
    if (list.count == 0 && json_array_size(list.missing) == 0) {
        answer_refuse(handling, CONTROL_NOT_FOUND, "there are no logs of a topology '%.128s'",
                      request_param(handling->request, "id"));
        json_decref(search->matches);
    } else {
        json_t *next = search_files(search, &list);
        bool is_complete = next == NULL && json_array_size(list.missing) == 0;
        answer_json(handling,
                    json_pack("{s:o, s:I, s:I, s:b, s:o, s:O}", "matches", search->matches,
                              "files_searched", (json_int_t)search->files_searched,
                              "bytes_searched", (json_int_t)search->bytes_searched, "is_complete",
                              is_complete, "next", next == NULL ? json_null() : next, "missing",
                              list.missing));
    }
    store_list_done(&list);
}

void logs_search(struct handling *handling)
{
    const struct backend *backend = handling->backend;
    struct search search = {
        .backend = backend,
        .until_ns = backend->now_ns(backend->context) + WITHIN_NS,
    };
    struct control_fault fault;
    json_t *supervisors;

    if (!read_query(handling, &search))
        return;
    if (store_supervisors(backend, &supervisors, &fault) != CONTROL_OK) {
        answer_fault(handling, &fault);
        return;
    }
    run(handling, &search, supervisors);
    json_decref(supervisors);
}
