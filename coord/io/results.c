/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/io/results.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/io/modes.h"
#include "coord/root.h"

enum {
    SUFFIX_MAX = 16, /* of a sequential node, with the final NUL */
};

/* "/gale/" and not "/gale" for a sequential node right below the root whose name is its number. */
char *results_path(const struct coord_call *call, const char *root)
{
    struct text path;

    if (call->kind != COORD_CREATE || !modes_is_sequential(call->mode))
        return root_join(root, call->path);
    text_init(&path);
    text_add(&path, "%s%s", root, call->path);
    return text_take(&path);
}

static void fill(struct errand_results *results, size_t index, const struct coord_call *part)
{
    zoo_op_t *operation = &results->operations[index];
    const char *path = results->paths[index];
    int size = part->data == NULL ? -1 : (int)part->size;

    switch (part->kind) {
    case COORD_CREATE: {
        size_t room = strlen(path) + SUFFIX_MAX;
        results->created[index] = mem_alloc(room);
        zoo_create_op_init(operation, path, part->data, size, &ZOO_OPEN_ACL_UNSAFE,
                           modes_number(part->mode), results->created[index], (int)room);
        return;
    }
    case COORD_DELETE:
        zoo_delete_op_init(operation, path, part->version);
        return;
    case COORD_SET:
        zoo_set_op_init(operation, path, part->data, size, part->version, NULL);
        return;
    case COORD_CHECK:
        zoo_check_op_init(operation, path, part->version);
        return;
    case COORD_GET:
    case COORD_EXISTS:
    case COORD_CHILDREN:
    case COORD_SYNC:
    case COORD_MULTI:
        break;
    }
    UNREACHABLE(); /* coord_call_fault() has refused it */
}

struct errand_results *results_new(const struct coord_call *call, const char *root)
{
    struct errand_results *results = NEW(struct errand_results);

    results->count = call->part_count;
    results->operations = NEW_ARRAY(zoo_op_t, call->part_count);
    results->items = NEW_ARRAY(zoo_op_result_t, call->part_count);
    results->paths = NEW_ARRAY(char *, call->part_count);
    results->created = NEW_ARRAY(char *, call->part_count);
    for (size_t i = 0; i < call->part_count; i++) {
        results->paths[i] = results_path(&call->parts[i], root);
        fill(results, i, &call->parts[i]);
    }
    return results;
}

void results_destroy(struct errand_results **results)
{
    if (*results == NULL)
        return;
    for (size_t i = 0; i < (*results)->count; i++) {
        free((*results)->paths[i]);
        free((*results)->created[i]);
    }
    free((*results)->operations);
    free((*results)->items);
    free((*results)->paths);
    free((*results)->created);
    free(*results);
    *results = NULL;
}

void results_take(const struct errand_results *results, struct coord_event *event)
{
    event->part_count = results->count;
    event->part_errors = NEW_ARRAY(enum coord_error, results->count);
    event->part_paths = NEW_ARRAY(char *, results->count);
    for (size_t i = 0; i < results->count; i++) {
        event->part_errors[i] = (enum coord_error)results->items[i].err;
        if (event->error == COORD_OK && results->created[i] != NULL)
            event->part_paths[i] = mem_copy_text(results->created[i]);
    }
}
