/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest chain: a spout of one's own, one bolt used twice, and a ready-made bolt that prints.
 *
 *     words --shuffle--> exclaim --shuffle--> exclaim_again --shuffle--> print
 *
 * The message id of a word is its place in the list, so a word that failed can be emitted again.
 *
 *     gale run exclamation.so
 *     gale run exclamation.so -c print.format=json
 */
#include <gale/gale.h>
#include <gale/ready_print.h>

#include <stdio.h>

static const char *const list[] = {"nathan", "mike", "jackson", "golda", "bertels"};

#define LIST_COUNT (sizeof list / sizeof *list)
#define WORD_MAX   64 /* bytes */

struct word {
    struct gale_str text;
};

GALE_STREAM(words, struct word, GALE_FIELD(struct word, text));

struct speaker {
    uint64_t next;
    uint64_t failed[LIST_COUNT]; /* to be emitted again */
    uint32_t failed_count;
};

static enum gale_next speaker_next(void *self, struct gale_task *task)
{
    struct speaker *speaker = self;

    if (speaker->failed_count == 0 && speaker->next == LIST_COUNT)
        return GALE_DONE;

    uint64_t id =
        speaker->failed_count > 0 ? speaker->failed[--speaker->failed_count] : speaker->next++;
    gale_emit_tracked(task, words, id, &(struct word){.text = gale_str(list[id])});
    return GALE_MORE;
}

static void speaker_fail(void *self, struct gale_task *task, uint64_t id,
                         const struct gale_failure *why)
{
    struct speaker *speaker = self;

    gale_warn(task, "'%s' failed: %s", list[id], why->message);
    speaker->failed[speaker->failed_count++] = id;
}

static enum gale_verdict exclaim_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    (void)self;
    struct gale_str text = gale_read(tuple, words)->text;
    char louder[WORD_MAX + 4];

    if (text.length > WORD_MAX)
        return gale_fail_with(task, "a word of %zu bytes is too long", text.length);
    (void)snprintf(louder, sizeof louder, "%.*s!!!", (int)text.length, text.data);
    gale_emit(task, words, &(struct word){.text = gale_str(louder)});
    return GALE_ACK;
}

static const struct gale_component speaker = {
    .name = "words",
    .spout = {.size = sizeof(struct speaker), .next = speaker_next, .fail = speaker_fail},
    .emits = {&words.stream},
};

static const struct gale_component exclaim = {
    .name = "exclaim",
    .tasks = 3,
    .bolt = {.execute = exclaim_execute},
    .inputs = {{.from = &speaker, .stream = &words.stream, .by = GALE_SHUFFLE}},
    .emits = {&words.stream},
};

static const struct gale_component exclaim_again = {
    .name = "exclaim_again",
    .tasks = 2,
    .bolt = {.execute = exclaim_execute},
    .inputs = {{.from = &exclaim, .stream = &words.stream, .by = GALE_SHUFFLE}},
    .emits = {&words.stream},
};

static const struct gale_component print = {
    .name = "print",
    .bolt = GALE_PRINT_BOLT,
    .inputs = {{.from = &exclaim_again, .stream = &words.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_PRINT_SETTINGS},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "exclamation",
    .components = {&speaker, &exclaim, &exclaim_again, &print},
};
