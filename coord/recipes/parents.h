/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the nodes above a path, after a create was answered with NO_NODE: from the top down, each
 * by a create that may find it there. Somebody may delete them meanwhile; then it begins again, a
 * limited number of times. Pure; a part of its recipe.
 */
#ifndef COORD_RECIPES_PARENTS_H
#define COORD_RECIPES_PARENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/recipes/line.h"

enum {
    PARENTS_ROUNDS_MAX = 16, /* without one success in between */
};

/* Zero is at rest. */
struct parents {
    size_t end;      /* of the path of the ancestor to be made; 0: at rest */
    uint32_t rounds; /* begun since the last parents_rest() */
};

/* Begins; false if there is nothing to make above the path, or too many rounds were begun. */
bool parents_begin(struct parents *parents, const char *path) MUST_USE;

/* Whether there is an ancestor to be made. */
bool parents_are_missing(const struct parents *parents);

/* Sends the create of the next ancestor. */
void parents_send(const struct parents *parents, const char *path, struct line *line,
                  struct coord_calls *calls);

/* Takes the answer to it; false if the error is one that a repetition does not mend. */
bool parents_answer(struct parents *parents, const char *path, enum coord_error error) MUST_USE;

/* What they were needed for has succeeded, or is not wanted. */
void parents_rest(struct parents *parents);

#endif
