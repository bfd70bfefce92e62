/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/storm_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/logs/piece.h"
#include "ui/read.h"

enum {
    SLOT_DIGITS_MAX = 8,
};

void storm_file_name(const struct store_file *file, struct text *name)
{
    text_add(name, "%s/%" PRIu64 "/%s", file->topology, file->slot, file->name);
}

void storm_file_link(const struct store_file *file, const char *page, struct text *link)
{
    struct text name = {.data = NULL};

    storm_file_name(file, &name);
    text_add(link, "/api/v1/%s?file=", page);
    piece_url(text_data(&name), link);
    text_add(link, "&supervisor=");
    piece_url(file->supervisor, link);
    text_done(&name);
}

bool storm_file_number(const struct handling *handling, const char *name, int64_t max,
                       int64_t otherwise, int64_t *ret_number, struct control_fault *fault)
{
    const char *text = request_query(handling->request, name, "");
    char *end = NULL;

    *ret_number = otherwise;
    if (text[0] == '\0')
        return true;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > max)
        return control_refuse(fault, CONTROL_INVALID,
                              "'%s' must be a whole number from 0 to %" PRId64, name, max);
    *ret_number = number;
    return true;
}

/* ---- which supervisors ---- */

static bool is_wanted(const struct handling *handling, const json_t *supervisor)
{
    const char *id = request_query(handling->request, "supervisor", "");
    const char *host = request_query(handling->request, "host", "");

    return (id[0] == '\0' || strcmp(id, read_text(supervisor, "id")) == 0) &&
           (host[0] == '\0' || strcmp(host, read_text(supervisor, "host")) == 0);
}

enum control_code storm_file_list(const struct handling *handling, const char *topology,
                                  struct store_list *ret_list, struct control_fault *fault)
{
    json_t *wanted = json_array();
    json_t *supervisors;
    size_t index;
    json_t *supervisor;

    enum control_code code = store_supervisors(handling->backend, &supervisors, fault);
    if (code == CONTROL_OK) {
        json_array_foreach(supervisors, index, supervisor)
        {
            if (is_wanted(handling, supervisor))
                (void)json_array_append(wanted, supervisor);
        }
        store_list(handling->backend, wanted, topology, ret_list);
        json_decref(supervisors);
    }
    json_decref(wanted);
    return code;
}

/* ---- which file ---- */

/* Takes "topology/slot/name" apart; anything else is not there. */
static bool read_name(const char *text, struct store_file *file)
{
    const char *slot = strchr(text, '/');
    const char *name = slot == NULL ? NULL : strchr(slot + 1, '/');

    if (name == NULL || slot - text > STORE_ID_MAX || name - slot - 1 > SLOT_DIGITS_MAX ||
        !store_is_name(name + 1) || strlen(name + 1) > STORE_FILE_MAX)
        return false;
    size_t digits = (size_t)(name - slot - 1);
    if (digits == 0 || strspn(slot + 1, "0123456789") != digits)
        return false;
    (void)snprintf(file->topology, sizeof file->topology, "%.*s", (int)(slot - text), text);
    (void)snprintf(file->name, sizeof file->name, "%s", name + 1);
    file->slot = strtoull(slot + 1, NULL, 10);
    return store_is_id(file->topology);
}

static enum control_code choose(const struct store_list *list, struct store_file *file,
                                struct control_fault *fault)
{
    const struct store_file *found = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct store_file *one = &list->files[i];
        if (one->slot != file->slot || strcmp(one->name, file->name) != 0)
            continue;
        if (found != NULL) {
            (void)control_refuse(fault, CONTROL_CONFLICT,
                                 "several supervisors have this file, as '%s' and '%s': say which "
                                 "with '&supervisor='",
                                 found->supervisor, one->supervisor);
            return CONTROL_CONFLICT;
        }
        found = one;
    }
    if (found == NULL) {
        (void)control_refuse(fault, CONTROL_NOT_FOUND, "there is no such log");
        return CONTROL_NOT_FOUND;
    }
    *file = *found;
    return CONTROL_OK;
}

enum control_code storm_file_find(const struct handling *handling, struct store_file *ret_file,
                                  struct control_fault *fault)
{
    struct store_file file = {.size = 0};
    struct store_list list;

    if (!read_name(request_query(handling->request, "file", ""), &file)) {
        (void)control_refuse(fault, CONTROL_NOT_FOUND, "there is no such log");
        return CONTROL_NOT_FOUND;
    }
    enum control_code code = storm_file_list(handling, file.topology, &list, fault);
    if (code != CONTROL_OK)
        return code;
    code = choose(&list, &file, fault);
    store_list_done(&list);
    if (code == CONTROL_OK)
        *ret_file = file;
    return code;
}
