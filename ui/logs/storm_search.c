/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/logs/handlers.h"
#include "ui/logs/piece.h"
#include "ui/logs/places.h"
#include "ui/logs/storm_file.h"
#include "ui/storm/ask.h"

enum {
    MATCHES = 10,
    MATCHES_DEEP = 1,
    MATCHES_MAX = 1000,
    PAGE = 51200, /* bytes that a link shows, with the match in the middle */
    FILES_MAX = 100000,
};

#define BYTES_MAX (64u * 1024 * 1024)
#define WITHIN_NS 5000000000u

struct search {
    const struct backend *backend;
    const char *text;
    struct needle needle;
    size_t max;
    uint64_t bytes_left;
    uint64_t until_ns;
};

static json_t *take_json(struct text *text)
{
    json_t *json = json_string(text_data(text));

    text_done(text);
    return json;
}

static json_t *name_json(const struct store_file *file)
{
    struct text name = {.data = NULL};

    storm_file_name(file, &name);
    return take_json(&name);
}

static json_t *port_json(const struct store_file *file)
{
    return json_sprintf("%" PRIu64, file->slot);
}

/* ---- one file ---- */

static json_t *link_to(const struct store_file *file, uint64_t offset)
{
    struct text link = {.data = NULL};

    storm_file_link(file, "log", &link);
    text_add(&link, "&start=%" PRIu64 "&length=%d", offset > PAGE / 2 ? offset - PAGE / 2 : 0,
             (int)PAGE);
    return take_json(&link);
}

static json_t *show_match(const struct store_file *file, const struct places_match *match)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "byteOffset", (json_int_t)match->offset,
                     "beforeString", piece_json(match->before, match->before_size), "matchString",
                     piece_json(match->match, match->match_size), "afterString",
                     piece_json(match->after, match->after_size), "logviewerURL",
                     link_to(file, match->offset));
}

/* Reads and feeds the next chunk. False: it cannot be read. */
static bool feed(struct search *search, const struct store_file *file, struct places *places,
                 uint64_t *at, uint64_t *ret_file_size)
{
    struct store_piece piece;
    struct control_fault fault;

    if (store_read(search->backend, file, (int64_t)*at, CONTROL_CHUNK_MAX, &piece, &fault) !=
        CONTROL_OK)
        return false;
    if (piece.offset != *at)
        piece.size = 0;
    *at += piece.size;
    *ret_file_size = piece.file_size;
    search->bytes_left -= piece.size < search->bytes_left ? piece.size : search->bytes_left;
    places_feed(places, piece.size == 0 ? "" : piece.bytes, piece.size,
                piece.size == 0 || *at >= piece.file_size);
    free(piece.bytes);
    return true;
}

/* Searches from `offset` on for at most `max`. "nextByteOffset" is there if something is left. */
static json_t *search_file(struct search *search, const struct store_file *file, uint64_t offset,
                           size_t max)
{
    const struct backend *backend = search->backend;
    json_t *matches = json_array();
    struct places places;
    struct places_match match;
    uint64_t at = offset;
    uint64_t file_size = 0;
    bool goes_on = true;

    places_init(&places, &search->needle, offset);
    while (goes_on) {
        goes_on = feed(search, file, &places, &at, &file_size) && !places.is_last;
        while (json_array_size(matches) < max && places_take(&places, &match))
            (void)json_array_append_new(matches, show_match(file, &match));
        goes_on = goes_on && json_array_size(matches) < max && search->bytes_left > 0 &&
                  backend->now_ns(backend->context) < search->until_ns;
    }
    json_t *found =
        json_pack("{s:s, s:s, s:I, s:O}", "isDaemon", "no", "searchString", search->text,
                  "startByteOffset", (json_int_t)offset, "matches", matches);
    bool is_whole = places.is_last && json_array_size(matches) < max;
    if (!is_whole && places_next(&places) < file_size)
        (void)json_object_set_new(found, "nextByteOffset",
                                  json_integer((json_int_t)places_next(&places)));
    json_decref(matches);
    places_done(&places);
    return found;
}

static bool read_search(struct handling *handling, int64_t matches, struct search *ret_search)
{
    const struct backend *backend = handling->backend;
    struct control_fault fault;
    int64_t max;

    if (!storm_file_number(handling, "num-matches", MATCHES_MAX, matches, &max, &fault)) {
        ask_fault(handling, &fault);
        return false;
    }
    *ret_search = (struct search){
        .backend = backend,
        .text = request_query(handling->request, "search-string", ""),
        .max = (size_t)max,
        .bytes_left = BYTES_MAX,
        .until_ns = backend->now_ns(backend->context) + WITHIN_NS,
    };
    return true;
}

void logs_storm_search(struct handling *handling)
{
    const char *daemon = request_query(handling->request, "is-daemon", "no");
    struct store_file file;
    struct search search;
    struct control_fault fault;
    int64_t offset;

    if (strcmp(daemon, "yes") == 0) {
        ask_refuse(handling, CONTROL_NOT_FOUND, "logs of Gale's own programs are not kept here");
        return;
    }
    if (!read_search(handling, MATCHES, &search))
        return;
    if (!needle_init(&search.needle, search.text, true)) {
        ask_refuse(handling, CONTROL_INVALID, "'search-string' must be a text of 1 to %d bytes",
                   NEEDLE_MAX);
        return;
    }
    if (!storm_file_number(handling, "start-byte-offset", INT64_MAX - 1, 0, &offset, &fault) ||
        storm_file_find(handling, &file, &fault) != CONTROL_OK) {
        ask_fault(handling, &fault);
        return;
    }
    if ((uint64_t)offset > file.size)
        ask_refuse(handling, CONTROL_INVALID, "the file has only %" PRIu64 " bytes", file.size);
    else
        answer_json(handling, search_file(&search, &file, (uint64_t)offset, search.max));
}

/* ---- many files ---- */

/* The files of one worker, the newest first. */
struct worker_files {
    const struct store_file *files;
    size_t count;
};

/* `skip` files are passed over; in the first one left the search begins at `offset`. */
static json_t *search_worker(struct search *search, struct worker_files worker, size_t skip,
                             uint64_t offset)
{
    json_t *all = json_array();
    size_t found = 0;
    size_t index = skip;

    while (index < worker.count) {
        const struct store_file *file = &worker.files[index];
        json_t *one = search_file(search, file, offset, search->max - found);
        size_t here = json_array_size(json_object_get(one, "matches"));
        found += here;
        if (here > 0) {
            (void)json_object_set_new(one, "fileName", name_json(file));
            (void)json_object_set_new(one, "port", port_json(file));
            (void)json_array_append(all, one);
        }
        json_decref(one);
        offset = 0;
        if (here > 0 && found >= search->max)
            break; /* the next search begins in this file */
        index++;
    }
    return json_pack("{s:I, s:s, s:o}", "fileOffset", (json_int_t)index, "searchString",
                     search->text, "matches", all);
}

static size_t end_of_worker(const struct store_list *list, size_t begin)
{
    size_t end = begin + 1;

    while (end < list->count && list->files[end].slot == list->files[begin].slot &&
           strcmp(list->files[end].supervisor, list->files[begin].supervisor) == 0)
        end++;
    return end;
}

static bool is_true(const char *word)
{
    return strcmp(word, "true") == 0 || strcmp(word, "on") == 0 || strcmp(word, "yes") == 0;
}

/* One object for a port; a list of them, one for each worker, for all. */
static json_t *search_all(const struct handling *handling, struct search *search,
                          const struct store_list *list, int64_t skip, int64_t offset)
{
    const char *port = request_query(handling->request, "port", "*");
    bool is_one = port[0] != '\0' && strcmp(port, "*") != 0;
    bool has_old = is_true(request_query(handling->request, "search-archived", "false"));
    uint64_t slot = is_one ? strtoull(port, NULL, 10) : 0;
    json_t *all = json_array();

    for (size_t begin = 0; begin < list->count; begin = end_of_worker(list, begin)) {
        struct worker_files worker = {&list->files[begin],
                                      has_old ? end_of_worker(list, begin) - begin : 1};
        if (is_one && list->files[begin].slot != slot)
            continue;
        json_t *found = search_worker(search, worker, is_one && has_old ? (size_t)skip : 0,
                                      is_one ? (uint64_t)offset : 0);
        if (is_one) {
            json_decref(all);
            return found;
        }
        (void)json_array_append_new(all, found);
    }
    return all;
}

void logs_storm_deep_search(struct handling *handling)
{
    const char *id = request_param(handling->request, "id");
    struct search search;
    struct store_list list;
    struct control_fault fault;
    int64_t skip;
    int64_t offset;

    if (!read_search(handling, MATCHES_DEEP, &search))
        return;
    if (!needle_init(&search.needle, search.text, true)) {
        answer_json(handling, json_array()); /* nothing is found of nothing, as in Storm */
        return;
    }
    if (!storm_file_number(handling, "start-file-offset", FILES_MAX, 0, &skip, &fault) ||
        !storm_file_number(handling, "start-byte-offset", INT64_MAX - 1, 0, &offset, &fault) ||
        storm_file_list(handling, id, &list, &fault) != CONTROL_OK) {
        ask_fault(handling, &fault);
        return;
    }
    answer_json(handling, search_all(handling, &search, &list, skip, offset));
    store_list_done(&list);
}

/* ---- which files there are ---- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Each name once: several supervisors may have the same. Takes the names over. */
static json_t *list_names(char **names, size_t count)
{
    json_t *list = json_array();

    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
            (void)json_array_append_new(list, json_string(names[i]));
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return list;
}

static json_t *list_files(const struct store_list *list, int64_t port)
{
    char **names = NEW_ARRAY(char *, list->count);
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct text name = {.data = NULL};
        if (port >= 0 && list->files[i].slot != (uint64_t)port)
            continue;
        storm_file_name(&list->files[i], &name);
        names[count++] = text_take(&name);
    }
    return list_names(names, count);
}

/* Of one topology, or of all of which there are logs. */
static void list_of(struct handling *handling, const json_t *topologies, int64_t port)
{
    json_t *all = json_array();
    size_t index;
    json_t *topology;

    json_array_foreach(topologies, index, topology)
    {
        struct store_list list;
        struct control_fault fault;
        if (storm_file_list(handling, json_string_value(topology), &list, &fault) != CONTROL_OK) {
            json_decref(all);
            ask_fault(handling, &fault);
            return;
        }
        json_t *files = list_files(&list, port);
        (void)json_array_extend(all, files);
        json_decref(files);
        store_list_done(&list);
    }
    answer_json(handling, all);
}

static json_t *find_topologies(const struct handling *handling)
{
    json_t *ids = json_array();
    struct control_fault fault;
    json_t *supervisors;
    size_t index;
    json_t *item;

    if (store_supervisors(handling->backend, &supervisors, &fault) != CONTROL_OK)
        return ids;
    json_t *all = store_topologies(handling->backend, supervisors, NULL);
    json_array_foreach(json_object_get(all, "topologies"), index, item)(void)
        json_array_append(ids, json_object_get(item, "id"));
    json_decref(all);
    json_decref(supervisors);
    return ids;
}

void logs_storm_list(struct handling *handling)
{
    const char *topology = request_query(handling->request, "topoId", "");
    struct control_fault fault;
    int64_t port;

    if (!storm_file_number(handling, "port", INT32_MAX, -1, &port, &fault)) {
        ask_fault(handling, &fault);
        return;
    }
    json_t *topologies =
        topology[0] == '\0' ? find_topologies(handling) : json_pack("[s]", topology);
    list_of(handling, topologies, port);
    json_decref(topologies);
}
