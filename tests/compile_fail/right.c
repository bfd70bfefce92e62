/* SPDX-License-Identifier: Apache-2.0 */
/* compiles */
#include "tests/compile_fail/topology.h"

static enum gale_verdict splitter_execute(void *self, struct gale_task *task,
                                          const struct gale_tuple *tuple)
{
    const struct sentence *sentence = gale_read(tuple, sentences);
    const struct word constant = {.text = sentence->text, .count = 1};
    struct word word = constant;

    (void)self;
    gale_emit(task, words, &word);
    gale_emit(task, words, &constant);
    gale_emit(task, words, &(struct word){.text = word.text, .count = 2});
    gale_emit_direct(task, replies, gale_tuple_source(tuple), &word);
    return GALE_ACK;
}

static const struct gale_component splitter = {
    .name = "splitter",
    .bolt = {.execute = splitter_execute},
    .inputs = {{.from = &reader,
                .stream = &sentences.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct sentence, text)}}},
    .emits = {&words.stream, &replies.stream},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "right",
    .components = {&reader, &splitter},
};
