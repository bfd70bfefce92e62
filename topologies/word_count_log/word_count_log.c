/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts words from log to log: lines of a topic come in, and for each word its total so far goes out,
 * with the word as the key.
 *
 *     reader --shuffle--> splitter --by word--> counter --by word--> writer
 *
 * A line is one tree: it is complete when the log has acknowledged the totals of all its words. So when
 * the reader's lag is 0, the topic of counts is complete: the last total of each word counts, which is
 * what a compacted topic keeps. A line that has to be emitted again is counted again, and a counter that
 * is started again starts at 0: the totals are in memory.
 *
 *     gale topic create lines counts
 *     gale submit word_count_log.so
 *     gale produce lines < bible.txt
 *     gale run word_count_log.so -c reader.end=latest      # once, as far as the topic goes now
 */
#include <gale/gale.h>
#include <gale/ready_log.h>

#include "topologies/word_count/word_next.h"
#include "topologies/word_count/word_table.h"

struct line {
    struct gale_str text;
};

struct word {
    struct gale_str text;
};

struct tally {
    struct gale_str word;
    uint64_t total;
};

GALE_STREAM(lines, struct line, GALE_FIELD(struct line, text));
GALE_STREAM(words, struct word, GALE_FIELD(struct word, text));
GALE_STREAM(tallies, struct tally, GALE_FIELD(struct tally, word), GALE_FIELD(struct tally, total));

static enum gale_verdict splitter_execute(void *self, struct gale_task *task,
                                          const struct gale_tuple *tuple)
{
    (void)self;
    struct gale_str rest = gale_read(tuple, lines)->text;
    char text[WORD_BYTES_MAX];
    struct word word;

    while (word_next(&rest, text, &word.text))
        gale_emit(task, words, &word);
    return GALE_ACK;
}

static enum gale_verdict counter_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    struct tally tally = {.word = gale_read(tuple, words)->text};

    if (!word_table_count(self, tally.word, &tally.total))
        return gale_fail_with(task, "more than %u different words", WORD_TABLE_MAX);
    gale_emit(task, tallies, &tally);
    return GALE_ACK;
}

static void counter_close(void *self, struct gale_task *task)
{
    (void)task;
    word_table_done(self);
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = GALE_LOG_SPOUT,
    .emits = {&lines.stream},
    .settings = {GALE_LOG_SETTINGS_FOR("lines")},
};

static const struct gale_component splitter = {
    .name = "splitter",
    .tasks = 2,
    .bolt = {.execute = splitter_execute},
    .inputs = {{.from = &reader, .stream = &lines.stream, .by = GALE_SHUFFLE}},
    .emits = {&words.stream},
};

static const struct gale_component counter = {
    .name = "counter",
    .tasks = 2,
    .bolt = {.size = sizeof(struct word_table), .execute = counter_execute, .close = counter_close},
    .inputs = {{.from = &splitter,
                .stream = &words.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct word, text)}}},
    .emits = {&tallies.stream},
};

static const struct gale_component writer = {
    .name = "writer",
    .tasks = 2,
    .bolt = GALE_LOG_SINK,
    .inputs = {{.from = &counter,
                .stream = &tallies.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct tally, word)}}},
    .settings = {GALE_LOG_SINK_SETTINGS_FOR("counts", "word", "total")},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "word-count-log",
    .components = {&reader, &splitter, &counter, &writer},
};
