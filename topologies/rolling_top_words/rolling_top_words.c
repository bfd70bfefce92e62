/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commonest words of the last minute: counts in time slots, moved on by `tick`.
 *
 *     speaker --by word--> counter --to one--> ranking
 *
 * A counter keeps, for each word, one count for each second of the last minute. At every tick it
 * sends what they add up to and takes the oldest for the next second. The ranking remembers the
 * latest total of each word and prints the list when the run ends. Nothing here is tracked: what
 * is lost would be out of date before it could be repeated.
 *
 *     gale run rolling_top_words.so
 */
#include <gale/gale.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS     60 /* of tick_ms each */
#define WORDS_MAX 64 /* different words; those beyond share the last place */
#define NAME_MAX  32 /* bytes of a word that count, and a zero byte */
#define TOP       5
#define SPOKEN    1000

struct word {
    struct gale_str text;
};

struct tally {
    struct gale_str word;
    uint64_t total;
};

GALE_STREAM(words, struct word, GALE_FIELD(struct word, text));
GALE_STREAM(tallies, struct tally, GALE_FIELD(struct tally, word), GALE_FIELD(struct tally, total));

struct speaker {
    uint64_t spoken;
};

/* The first word every second time, the next every fourth, and so on: few words make up a text. */
static enum gale_next speaker_next(void *self, struct gale_task *task)
{
    static const char *const vocabulary[] = {"the", "and", "of", "to", "that", "in", "unto", "ark"};
    struct speaker *speaker = self;
    uint64_t number = ++speaker->spoken;
    size_t index = 0;

    for (; number % 2 == 0 && index + 1 < sizeof vocabulary / sizeof *vocabulary; number /= 2)
        index++;
    gale_emit(task, words, &(struct word){.text = gale_str(vocabulary[index])});
    return speaker->spoken < SPOKEN ? GALE_MORE : GALE_DONE;
}

struct entry {
    char name[NAME_MAX];
    uint64_t slots[SLOTS];
};

struct counter {
    struct entry entries[WORDS_MAX];
    uint32_t count;
    uint32_t slot; /* of this second */
};

static enum gale_verdict counter_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    (void)task;
    struct counter *counter = self;
    struct gale_str word = gale_read(tuple, words)->text;
    uint32_t index = 0;

    word.length = word.length < NAME_MAX ? word.length : NAME_MAX - 1;
    while (index < counter->count && !gale_str_equal(gale_str(counter->entries[index].name), word))
        index++;
    if (index == counter->count && index < WORDS_MAX) {
        memcpy(counter->entries[index].name, word.data, word.length);
        counter->count++;
    }
    counter->entries[index < WORDS_MAX ? index : WORDS_MAX - 1].slots[counter->slot]++;
    return GALE_ACK;
}

static void counter_send(void *self, struct gale_task *task)
{
    const struct counter *counter = self;

    for (uint32_t i = 0; i < counter->count; i++) {
        struct tally tally = {.word = gale_str(counter->entries[i].name)};

        for (uint32_t slot = 0; slot < SLOTS; slot++)
            tally.total += counter->entries[i].slots[slot];
        gale_emit_unanchored(task, tallies, &tally);
    }
}

static void counter_tick(void *self, struct gale_task *task)
{
    struct counter *counter = self;

    counter_send(counter, task);
    counter->slot = (counter->slot + 1) % SLOTS;
    for (uint32_t i = 0; i < counter->count; i++)
        counter->entries[i].slots[counter->slot] = 0;
}

struct place {
    char name[NAME_MAX];
    uint64_t total;
};

struct ranking {
    struct place places[TOP + 1]; /* the commonest first; the last is room for a newcomer */
};

static enum gale_verdict ranking_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    (void)task;
    struct place *places = ((struct ranking *)self)->places;
    const struct tally *tally = gale_read(tuple, tallies);
    size_t i = 0;

    while (i < TOP && !gale_str_equal(gale_str(places[i].name), tally->word))
        i++;
    memset(&places[i], 0, sizeof places[i]);
    memcpy(places[i].name, tally->word.data, tally->word.length);
    places[i].total = tally->total;
    for (; i > 0 && places[i].total > places[i - 1].total; i--) {
        struct place risen = places[i];
        places[i] = places[i - 1];
        places[i - 1] = risen;
    }
    for (; i < TOP && places[i].total < places[i + 1].total; i++) {
        struct place fallen = places[i];
        places[i] = places[i + 1];
        places[i + 1] = fallen;
    }
    return GALE_ACK;
}

static void ranking_finish(void *self, struct gale_task *task)
{
    (void)task;
    const struct ranking *ranking = self;

    for (size_t i = 0; i < TOP && ranking->places[i].total > 0; i++)
        printf("%-8s %6" PRIu64 "\n", ranking->places[i].name, ranking->places[i].total);
}

static const struct gale_component speaker = {
    .name = "speaker",
    .spout = {.size = sizeof(struct speaker), .next = speaker_next},
    .emits = {&words.stream},
};

static const struct gale_component counter = {
    .name = "counter",
    .tasks = 2,
    .tick_ms = 1000,
    .bolt = {.size = sizeof(struct counter),
             .execute = counter_execute,
             .tick = counter_tick,
             .finish = counter_send},
    .inputs = {{.from = &speaker,
                .stream = &words.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct word, text)}}},
    .emits = {&tallies.stream},
};

static const struct gale_component ranking = {
    .name = "ranking",
    .bolt = {.size = sizeof(struct ranking), .execute = ranking_execute, .finish = ranking_finish},
    .inputs = {{.from = &counter, .stream = &tallies.stream, .by = GALE_GLOBAL}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "rolling-top-words",
    .components = {&speaker, &counter, &ranking},
};
