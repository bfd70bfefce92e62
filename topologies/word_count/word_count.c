/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the words of a text: a spout, two bolts and a report, joined by three groupings.
 *
 *     reader --shuffle--> splitter --by word--> counter --to one--> report
 *
 * Equal words meet in the same counter task, so each counter owns its words and needs no lock. When
 * the text has ended, `finish` goes down the line: the counters send their tallies, then the report
 * prints. What a line causes is one tree: it is complete when its last word has been counted.
 *
 *     gale run word_count.so -c reader.path=bible.txt
 *     gale run word_count.so -c report.top=3 < bible.txt
 *     gale run word_count.so -c report.all=true -c splitter.tasks=4 < bible.txt
 */
#include <gale/gale.h>
#include <gale/ready_lines.h>

#include <inttypes.h>
#include <stdio.h>

#include "topologies/word_count/word_next.h"
#include "topologies/word_count/word_table.h"

struct word {
    struct gale_str text;
};

struct tally {
    struct gale_str word;
    uint64_t total;
};

GALE_STREAM(words, struct word, GALE_FIELD(struct word, text));
GALE_STREAM(tallies, struct tally, GALE_FIELD(struct tally, word), GALE_FIELD(struct tally, total));

static enum gale_verdict splitter_execute(void *self, struct gale_task *task,
                                          const struct gale_tuple *tuple)
{
    (void)self;
    struct gale_str rest = gale_read(tuple, gale_lines)->text;
    char text[WORD_BYTES_MAX];
    struct word word;

    while (word_next(&rest, text, &word.text))
        gale_emit(task, words, &word);
    return GALE_ACK;
}

static enum gale_verdict counter_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    if (!word_table_add(self, gale_read(tuple, words)->text, 1))
        return gale_fail_with(task, "more than %u different words", WORD_TABLE_MAX);
    return GALE_ACK;
}

static void counter_finish(void *self, struct gale_task *task)
{
    const struct word_table *table = self;

    for (size_t i = 0; i < table->capacity; i++) {
        const struct word_entry *entry = &table->entries[i];
        struct tally tally = {entry->word, entry->total};

        if (entry->hash != 0)
            gale_emit_unanchored(task, tallies, &tally);
    }
}

static void counter_close(void *self, struct gale_task *task)
{
    (void)task;
    word_table_done(self);
}

struct report {
    struct word_table table;
    bool all;
    uint64_t top;
};

static enum gale_err report_open(void *self, struct gale_task *task)
{
    struct report *report = self;

    report->all = gale_conf_bool(task, "all", false);
    report->top = report->all ? UINT64_MAX : gale_conf_u64(task, "top", 10);
    return GALE_OK;
}

static enum gale_verdict report_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct report *report = self;
    const struct tally *tally = gale_read(tuple, tallies);

    if (!word_table_add(&report->table, tally->word, tally->total))
        return gale_fail_with(task, "more than %u different words", WORD_TABLE_MAX);
    return GALE_ACK;
}

static void report_finish(void *self, struct gale_task *task)
{
    (void)task;
    struct report *report = self;
    size_t count = word_table_sort(&report->table, report->all ? WORD_BY_NAME : WORD_BY_TOTAL);

    if (!report->all)
        printf("%" PRIu64 " words, %zu different\n", report->table.total, count);
    for (size_t i = 0; i < count && i < report->top; i++) {
        const struct word_entry *entry = &report->table.entries[i];

        printf(report->all ? "%.*s\t%" PRIu64 "\n" : "%-12.*s %8" PRIu64 "\n",
               (int)entry->word.length, entry->word.data, entry->total);
    }
}

static void report_close(void *self, struct gale_task *task)
{
    (void)task;
    word_table_done(&((struct report *)self)->table);
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = GALE_LINES_SPOUT,
    .emits = {&gale_lines.stream},
    .settings = {GALE_LINES_SETTINGS},
};

static const struct gale_component splitter = {
    .name = "splitter",
    .tasks = 2,
    .bolt = {.execute = splitter_execute},
    .inputs = {{.from = &reader, .stream = &gale_lines.stream, .by = GALE_SHUFFLE}},
    .emits = {&words.stream},
};

static const struct gale_component counter = {
    .name = "counter",
    .tasks = 2,
    .bolt = {.size = sizeof(struct word_table),
             .execute = counter_execute,
             .finish = counter_finish,
             .close = counter_close},
    .inputs = {{.from = &splitter,
                .stream = &words.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct word, text)}}},
    .emits = {&tallies.stream},
};

static const struct gale_component report = {
    .name = "report",
    .bolt = {.size = sizeof(struct report),
             .open = report_open,
             .execute = report_execute,
             .finish = report_finish,
             .close = report_close},
    .inputs = {{.from = &counter, .stream = &tallies.stream, .by = GALE_GLOBAL}},
    .settings = {{"top", "10", "how many of the commonest words are printed"},
                 {"all", "false",
                  "print every word with its total instead, sorted, tab-separated"}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "word-count",
    .components = {&reader, &splitter, &counter, &report},
};
