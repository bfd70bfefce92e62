/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/api/asking.h"
#include "ui/logs/download.h"
#include "ui/logs/handlers.h"
#include "ui/logs/piece.h"
#include "ui/logs/store.h"
#include "ui/read.h"

enum {
    LENGTH = 65536,
    SLOT_DIGITS_MAX = 8,
};

static bool find_supervisors(struct handling *handling, json_t **ret_supervisors)
{
    struct control_fault fault;

    if (store_supervisors(handling->backend, ret_supervisors, &fault) == CONTROL_OK)
        return true;
    answer_fault(handling, &fault);
    return false;
}

/* ---- what there is ---- */

void logs_topologies(struct handling *handling)
{
    static const char *const none[] = {NULL};
    json_t *supervisors;
    json_t *pulse;

    if (!asking_check(handling, none) || !find_supervisors(handling, &supervisors))
        return;
    if (ask_nimbus(handling, BACKEND_LOOKUP, "pulse", NULL, &pulse)) {
        answer_json(handling, store_topologies(handling->backend, supervisors,
                                               read_list(pulse, "topologies")));
        json_decref(pulse);
    }
    json_decref(supervisors);
}

static json_t *show_file(const struct store_file *file, const json_t *supervisors)
{
    const json_t *supervisor = read_find(supervisors, "id", file->supervisor);

    return json_pack("{s:s, s:s?, s:I, s:s, s:I, s:I}", "supervisor", file->supervisor, "host",
                     json_string_value(json_object_get(supervisor, "host")), "slot",
                     (json_int_t)file->slot, "file", file->name, "size", (json_int_t)file->size,
                     "modified_ms", (json_int_t)file->modified_ms);
}

void logs_files(struct handling *handling)
{
    static const char *const none[] = {NULL};
    const char *id = request_param(handling->request, "id");
    json_t *files = json_array();
    struct store_list list;
    json_t *supervisors;

    if (!asking_check(handling, none) || !find_supervisors(handling, &supervisors)) {
        json_decref(files);
        return;
    }
    store_list(handling->backend, supervisors, id, &list);
    for (size_t i = 0; i < list.count; i++)
        (void)json_array_append_new(files, show_file(&list.files[i], supervisors));
    if (list.count == 0 && json_array_size(list.missing) == 0)
        answer_refuse(handling, CONTROL_NOT_FOUND, "there are no logs of a topology '%.128s'", id);
    else
        answer_json(handling, json_pack("{s:O, s:O}", "files", files, "missing", list.missing));
    json_decref(files);
    store_list_done(&list);
    json_decref(supervisors);
}

/* ---- one file ---- */

/* The file that the path names; one of a wrong form is not there. */
static bool name_file(struct handling *handling, struct store_file *ret_file)
{
    const struct http_request *request = handling->request;
    const char *id = request_param(request, "id");
    const char *supervisor = request_param(request, "supervisor");
    const char *slot = request_param(request, "slot");
    const char *name = request_param(request, "file");
    size_t digits = strlen(slot);

    if (!store_is_id(id) || !store_is_id(supervisor) || !store_is_name(name) || digits == 0 ||
        digits > SLOT_DIGITS_MAX || strspn(slot, "0123456789") != digits) {
        answer_refuse(handling, CONTROL_NOT_FOUND, "there is no such log");
        return false;
    }
    *ret_file = (struct store_file){.size = 0};
    (void)snprintf(ret_file->topology, sizeof ret_file->topology, "%s", id);
    (void)snprintf(ret_file->supervisor, sizeof ret_file->supervisor, "%s", supervisor);
    (void)snprintf(ret_file->name, sizeof ret_file->name, "%s", name);
    ret_file->slot = strtoull(slot, NULL, 10);
    return true;
}

/* The piece has a byte before what is wanted, if there is one: it says whether a line begins there. Behind
 * the end of the file there is none. */
static json_t *show_text(const struct store_piece *piece, int64_t offset, size_t length)
{
    const char *bytes = piece->bytes;
    int64_t from_end = (int64_t)piece->file_size + offset;
    uint64_t begin = offset >= 0 ? (uint64_t)offset : from_end > 0 ? (uint64_t)from_end : 0;
    size_t skip = begin > piece->offset ? (size_t)(begin - piece->offset) : 0;

    if (skip > piece->size)
        skip = piece->size;
    size_t size = piece->size - skip < length ? piece->size - skip : length;
    bool is_begin = piece->offset + skip == 0 || (skip > 0 && bytes[skip - 1] == '\n');
    bool is_end = size == 0 || bytes[skip + size - 1] == '\n';
    uint64_t first = size == 0 && begin > piece->offset ? begin : piece->offset + skip;
    return json_pack("{s:I, s:I, s:I, s:o, s:b}", "offset", (json_int_t)first, "length",
                     (json_int_t)size, "size", (json_int_t)piece->file_size, "text",
                     piece_json(size == 0 ? "" : bytes + skip, size), "complete_lines",
                     is_begin && is_end);
}

/* All who follow a log ask for what is behind the same place or nearly so: they get it of one piece, which is asked for
 * once (ui/backend.h). So it is one that begins and ends where they all do. */
static enum control_code read_shared(struct handling *handling, struct store_file *file,
                                     int64_t offset, size_t length, struct store_piece *ret_piece,
                                     struct control_fault *fault)
{
    int64_t begin = offset > 0 ? (offset - 1) / LENGTH * LENGTH : offset - (offset < 0);
    uint64_t wanted = offset > 0 ? (uint64_t)(offset - begin) + length : length + 1;
    uint64_t whole = (wanted + LENGTH - 1) / LENGTH * LENGTH;

    file->is_shared = whole <= CONTROL_CHUNK_MAX;
    if (!file->is_shared) {
        begin = offset == 0 ? 0 : offset - 1;
        whole = length < CONTROL_CHUNK_MAX ? length + 1 : length;
    }
    return store_read(handling->backend, file, begin, (size_t)whole, ret_piece, fault);
}

void logs_text(struct handling *handling)
{
    static const char *const known[] = {"offset", "length", NULL};
    struct store_file file;
    struct store_piece piece;
    struct control_fault fault;
    int64_t offset;
    int64_t length;

    if (!asking_check(handling, known) || !name_file(handling, &file) ||
        !request_number(handling, "offset", -INT64_MAX + 1, INT64_MAX, -LENGTH, &offset) ||
        !request_number(handling, "length", 1, CONTROL_CHUNK_MAX, LENGTH, &length))
        return;
    if (read_shared(handling, &file, offset, (size_t)length, &piece, &fault) != CONTROL_OK) {
        answer_fault(handling, &fault);
        return;
    }
    answer_json(handling, show_text(&piece, offset, (size_t)length));
    free(piece.bytes);
}

void logs_download(struct handling *handling)
{
    static const char *const none[] = {NULL};
    struct store_file file;
    struct control_fault fault;

    if (asking_check(handling, none) && name_file(handling, &file) &&
        download_answer(handling, &file, &fault) != CONTROL_OK)
        answer_fault(handling, &fault);
}
