/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/parents.h"

#include <string.h>

#include "base/assert.h"

/* Where the ancestor ends whose path is longer than `begin`; 0 if that is the path itself. */
static size_t next_end(const char *path, size_t begin)
{
    const char *slash = strchr(path + begin + 1, '/');

    return slash == NULL ? 0 : (size_t)(slash - path);
}

bool parents_begin(struct parents *parents, const char *path)
{
    parents->end = next_end(path, 0);
    return parents->end != 0 && ++parents->rounds <= PARENTS_ROUNDS_MAX;
}

bool parents_are_missing(const struct parents *parents)
{
    return parents->end != 0;
}

void parents_send(const struct parents *parents, const char *path, struct line *line,
                  struct coord_calls *calls)
{
    char ancestor[COORD_PATH_MAX];

    ASSERT(parents->end < sizeof ancestor);
    memcpy(ancestor, path, parents->end);
    ancestor[parents->end] = '\0';
    struct coord_call call = {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = ancestor};
    line_send(line, &call, calls);
}

bool parents_answer(struct parents *parents, const char *path, enum coord_error error)
{
    if (error == COORD_NO_NODE)
        return parents_begin(parents, path);
    if (error != COORD_OK && error != COORD_NODE_EXISTS)
        return false;
    parents->end = next_end(path, parents->end);
    return true;
}

void parents_rest(struct parents *parents)
{
    *parents = (struct parents){.end = 0};
}
