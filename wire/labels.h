/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels: what a supervisor says of its machine, and what a component asks of it. In a setting they
 * are one text, "fast,ssd"; each is made of letters, digits, '.', '_' and '-'. Pure.
 */
#ifndef WIRE_LABELS_H
#define WIRE_LABELS_H

#include <stddef.h>

#include "base/err.h"

enum {
    LABELS_MAX = 64,
    LABELS_BYTES_MAX = 1024, /* of the text */
};

struct labels {
    size_t count;
    char *items[LABELS_MAX]; /* in the order of the text, each once */
};

void labels_done(struct labels *labels);

/* Takes the text apart; spaces around a label do not count, and an empty text is no labels. Errors:
 * ERR_INVALID for a label that is none, ERR_LIMIT. `error` may be NULL. */
enum err labels_parse(const char *text, struct labels *ret_labels, struct error *error) MUST_USE;

#endif
