/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sound topology, all but its functions, for programs that each make one mistake. Without any
 * mistake it compiles without a warning: right.c.
 */
#ifndef TESTS_COMPILE_FAIL_TOPOLOGY_H
#define TESTS_COMPILE_FAIL_TOPOLOGY_H

#include <gale/gale.h>

struct sentence {
    struct gale_str text;
};

struct word {
    struct gale_str text;
    uint64_t count;
};

GALE_STREAM(sentences, struct sentence, GALE_FIELD(struct sentence, text));
GALE_STREAM(words, struct word, GALE_FIELD(struct word, text), GALE_FIELD(struct word, count));
GALE_DIRECT_STREAM(replies, struct word, GALE_FIELD(struct word, text));

static inline enum gale_next reader_next(void *self, struct gale_task *task)
{
    (void)self;
    gale_emit_tracked(task, sentences, 1, &(struct sentence){.text = gale_str("the cow")});
    return GALE_DONE;
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = {.next = reader_next},
    .emits = {&sentences.stream},
};

#endif
