/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/api/gather.h"
#include "ui/read.h"

#define CURRENT "worker.log"

enum {
    DIGITS_MAX = 6,      /* of the number of a file */
    FILES_MAX = 100000,  /* of a topology, over all supervisors */
    SLOT_MAX = 16777215, /* larger ones exist nowhere */
};

/* ---- names ---- */

bool store_is_id(const char *text)
{
    static const char known[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(text);

    return size > 0 && size <= STORE_ID_MAX && text[0] != '.' && strspn(text, known) == size;
}

bool store_is_name(const char *text)
{
    size_t size = strlen(CURRENT);

    if (strncmp(text, CURRENT, size) != 0)
        return false;
    if (text[size] == '\0')
        return true;
    const char *number = text + size + 1;
    size_t digits = strlen(number);
    return text[size] == '.' && digits > 0 && digits <= DIGITS_MAX && number[0] != '0' &&
           strspn(number, "0123456789") == digits;
}

uint64_t store_number(const char *name)
{
    const char *number = name + strlen(CURRENT);

    return *number == '\0' ? 0 : strtoull(number + 1, NULL, 10);
}

/* ---- asking all supervisors ---- */

struct round {
    const struct backend *backend;
    const json_t *supervisors;
    const struct backend_question *question;
    struct reply {
        json_t *ok; /* NULL: the fault */
        struct control_fault fault;
    } * replies;
};

static void ask(void *context, size_t index)
{
    struct round *round = context;
    const json_t *supervisor = json_array_get(round->supervisors, index);
    struct reply *reply = &round->replies[index];

    if (round->backend->supervisor(round->backend->context, read_text(supervisor, "id"),
                                   round->question, &reply->ok, NULL, NULL,
                                   &reply->fault) != CONTROL_OK)
        reply->ok = NULL;
}

static void ask_all(struct round *round)
{
    round->replies = NEW_ARRAY(struct reply, json_array_size(round->supervisors));
    gather(json_array_size(round->supervisors), ask, round);
}

static const char *supervisor_of(const struct round *round, size_t index)
{
    return read_text(json_array_get(round->supervisors, index), "id");
}

static json_t *text_of(const char *text)
{
    json_t *json = json_string(text);

    return json != NULL ? json : json_string("(not valid UTF-8)");
}

/* Ends the round. */
static json_t *list_missing(struct round *round)
{
    json_t *missing = json_array();

    for (size_t i = 0; i < json_array_size(round->supervisors); i++) {
        const struct reply *reply = &round->replies[i];
        if (reply->ok == NULL && reply->fault.code != CONTROL_NOT_FOUND)
            (void)json_array_append_new(missing, json_pack("{s:s, s:o}", "supervisor",
                                                           supervisor_of(round, i), "text",
                                                           text_of(reply->fault.text)));
        json_decref(reply->ok);
    }
    free(round->replies);
    return missing;
}

enum control_code store_supervisors(const struct backend *backend, json_t **ret_supervisors,
                                    struct control_fault *fault)
{
    struct backend_question question = {.op = "cluster.nodes"};
    json_t *nodes;

    enum control_code code =
        backend->nimbus(backend->context, BACKEND_LOOKUP, &question, &nodes, fault);
    if (code != CONTROL_OK)
        return code;
    const json_t *list = read_list(nodes, "supervisors");
    *ret_supervisors = list == NULL ? json_array() : json_incref((json_t *)list);
    json_decref(nodes);
    return CONTROL_OK;
}

/* ---- files ---- */

static int compare(const void *left, const void *right)
{
    const struct store_file *a = left;
    const struct store_file *b = right;
    int order = strcmp(a->supervisor, b->supervisor);

    if (order != 0)
        return order;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    uint64_t first = store_number(a->name);
    uint64_t second = store_number(b->name);
    return first == second ? 0 : first < second ? -1 : 1;
}

/* What has another form is passed over: it could not be read anyway. */
static void add_file(struct store_list *list, const char *topology, const char *supervisor,
                     const json_t *item)
{
    const char *name = read_text(item, "file");

    if (!store_is_name(name) || strlen(name) > STORE_FILE_MAX || !store_is_id(supervisor) ||
        list->count == FILES_MAX)
        return;
    struct store_file *file = &list->files[list->count++];
    *file = (struct store_file){.slot = read_count(item, "slot")};
    (void)snprintf(file->topology, sizeof file->topology, "%s", topology);
    (void)snprintf(file->supervisor, sizeof file->supervisor, "%s", supervisor);
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    file->size = read_count(item, "size");
    file->modified_ms = read_count(item, "modified_ms");
}

static void add_files(struct store_list *list, const char *topology, const struct round *round,
                      size_t reply)
{
    const json_t *files = read_list(round->replies[reply].ok, "files");
    size_t index;
    json_t *item;

    list->files =
        mem_resize(list->files, list->count + json_array_size(files) + 1, sizeof *list->files);
    json_array_foreach(files, index, item)
        add_file(list, topology, supervisor_of(round, reply), item);
}

void store_list(const struct backend *backend, const json_t *supervisors, const char *topology,
                struct store_list *ret_list)
{
    json_t *args = json_pack("{s:s}", "topology", topology);
    struct backend_question question = {.op = "logs.list", .args = args};
    struct round round = {.backend = backend, .supervisors = supervisors, .question = &question};
    struct store_list list = {.missing = NULL};

    if (!store_is_id(topology)) {
        list.missing = json_array();
    } else {
        ask_all(&round);
        for (size_t i = 0; i < json_array_size(supervisors); i++)
            add_files(&list, topology, &round, i);
        list.missing = list_missing(&round);
    }
    if (list.count > 0)
        qsort(list.files, list.count, sizeof *list.files, compare);
    json_decref(args);
    *ret_list = list;
}

void store_list_done(struct store_list *list)
{
    free(list->files);
    json_decref(list->missing);
    *list = (struct store_list){.count = 0};
}

/* ---- topologies ---- */

static json_t *line_of(json_t *lines, const json_t *running, const char *id)
{
    json_t *line = (json_t *)read_find(lines, "id", id);
    const json_t *topology = read_find(running, "id", id);

    if (line != NULL)
        return line;
    line = json_pack("{s:s, s:s?, s:i, s:[]}", "id", id, "name",
                     topology == NULL ? NULL : read_text(topology, "name"), "modified_ms", 0,
                     "supervisors");
    (void)json_array_append_new(lines, line);
    return line;
}

static void add_topologies(json_t *lines, const json_t *running, const struct round *round,
                           size_t reply)
{
    size_t index;
    json_t *item;

    json_array_foreach(read_list(round->replies[reply].ok, "topologies"), index, item)
    {
        const char *id = read_text(item, "id");
        if (!store_is_id(id))
            continue;
        json_t *line = line_of(lines, running, id);
        (void)json_array_append_new(json_object_get(line, "supervisors"),
                                    json_string(supervisor_of(round, reply)));
        if (read_count(item, "modified_ms") > read_count(line, "modified_ms"))
            (void)json_object_set(line, "modified_ms", json_object_get(item, "modified_ms"));
    }
}

json_t *store_topologies(const struct backend *backend, const json_t *supervisors,
                         const json_t *running)
{
    struct backend_question question = {.op = "logs.topologies"};
    struct round round = {.backend = backend, .supervisors = supervisors, .question = &question};
    json_t *lines = json_array();

    ask_all(&round);
    for (size_t i = 0; i < json_array_size(supervisors); i++)
        add_topologies(lines, running, &round, i);
    return json_pack("{s:o, s:o}", "topologies", lines, "missing", list_missing(&round));
}

/* ---- pieces ---- */

enum control_code store_read(const struct backend *backend, const struct store_file *file,
                             int64_t offset, size_t length, struct store_piece *ret_piece,
                             struct control_fault *fault)
{
    struct store_piece piece = {.bytes = NULL};
    json_t *ok;

    if (!store_is_id(file->topology) || !store_is_id(file->supervisor) ||
        !store_is_name(file->name) || file->slot > SLOT_MAX) {
        (void)control_refuse(fault, CONTROL_NOT_FOUND, "there is no such log");
        return CONTROL_NOT_FOUND;
    }
    json_t *args = json_pack("{s:s, s:I, s:s, s:I, s:I}", "topology", file->topology, "slot",
                             (json_int_t)file->slot, "file", file->name, "offset",
                             (json_int_t)offset, "length", (json_int_t)length);
    struct backend_question question = {
        .op = "logs.read", .args = args, .is_shared = file->is_shared};
    enum control_code code = backend->supervisor(backend->context, file->supervisor, &question, &ok,
                                                 &piece.bytes, &piece.size, fault);
    json_decref(args);
    if (code != CONTROL_OK)
        return code;
    piece.offset = read_count(ok, "offset");
    piece.file_size = read_count(ok, "size");
    json_decref(ok);
    *ret_piece = piece;
    return CONTROL_OK;
}
