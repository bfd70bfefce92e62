/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/guesses.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

#define NS_PER_S    1000000000ull
#define PEACE_NS    (60 * NS_PER_S)
#define WAIT_MIN_NS NS_PER_S
#define WAIT_MAX_NS (60 * NS_PER_S)
#define LINE_NS     NS_PER_S

enum {
    IPV4_BYTES = 4,
    IPV6_NET_BYTES = 8, /* of a /64 */
};

struct guesser {
    struct guess_source source;
    uint64_t wrong; /* 0: the place is free */
    uint64_t last_ns;
    uint64_t wait_ns; /* from the last one on */
};

struct guesses {
    struct guesser table[GUESSES_MAX];
    bool has_told;
    uint64_t told_ns;
    uint64_t left_out;
};

struct guess_source guess_source_of(const void *address, size_t size)
{
    struct guess_source source = {{0}};

    ASSERT(size == IPV4_BYTES || size == GUESSES_SOURCE_BYTES);
    if (size == IPV4_BYTES)
        memcpy(source.bytes + GUESSES_SOURCE_BYTES - IPV4_BYTES, address, IPV4_BYTES);
    else
        memcpy(source.bytes, address, IPV6_NET_BYTES);
    return source;
}

struct guesses *guesses_new(void)
{
    return NEW(struct guesses);
}

void guesses_destroy(struct guesses **guesses)
{
    free(*guesses);
    *guesses = NULL;
}

static bool is_at_peace(const struct guesser *guesser, uint64_t now_ns)
{
    return now_ns >= guesser->last_ns + guesser->wait_ns + PEACE_NS;
}

static bool is_of(const struct guesser *guesser, const struct guess_source *source)
{
    return guesser->wrong > 0 &&
           memcmp(guesser->source.bytes, source->bytes, sizeof source->bytes) == 0;
}

/* GUESSES_MAX: nothing is known of it. */
static size_t find(const struct guesses *guesses, const struct guess_source *source)
{
    size_t index = 0;

    while (index < GUESSES_MAX && !is_of(&guesses->table[index], source))
        index++;
    return index;
}

uint64_t guesses_wait_ns(const struct guesses *guesses, const struct guess_source *source,
                         uint64_t now_ns)
{
    size_t index = find(guesses, source);

    if (index == GUESSES_MAX)
        return 0;
    uint64_t until_ns = guesses->table[index].last_ns + guesses->table[index].wait_ns;
    return now_ns < until_ns ? until_ns - now_ns : 0;
}

/* The one that has been quiet for longest, if no place is free. */
static struct guesser *find_place(struct guesses *guesses)
{
    struct guesser *place = &guesses->table[0];

    for (size_t i = 0; i < GUESSES_MAX && place->wrong > 0; i++) {
        struct guesser *other = &guesses->table[i];

        if (other->wrong == 0 || other->last_ns < place->last_ns)
            place = other;
    }
    return place;
}

static uint64_t wait_after(uint64_t wrong)
{
    uint64_t wait_ns = WAIT_MIN_NS;

    for (uint64_t i = GUESSES_FREE; i < wrong && wait_ns < WAIT_MAX_NS; i++)
        wait_ns *= 2;
    return wait_ns < WAIT_MAX_NS ? wait_ns : WAIT_MAX_NS;
}

static bool may_tell(struct guesses *guesses, uint64_t now_ns, uint64_t *ret_left_out)
{
    if (guesses->has_told && now_ns < guesses->told_ns + LINE_NS) {
        guesses->left_out++;
        return false;
    }
    *ret_left_out = guesses->left_out;
    guesses->has_told = true;
    guesses->told_ns = now_ns;
    guesses->left_out = 0;
    return true;
}

bool guesses_note_wrong(struct guesses *guesses, const struct guess_source *source, uint64_t now_ns,
                        uint64_t *ret_left_out)
{
    size_t index = find(guesses, source);
    struct guesser *guesser = index == GUESSES_MAX ? find_place(guesses) : &guesses->table[index];

    if (index == GUESSES_MAX || is_at_peace(guesser, now_ns))
        *guesser = (struct guesser){.source = *source};
    guesser->wrong++;
    guesser->last_ns = now_ns;
    if (guesser->wrong >= GUESSES_FREE)
        guesser->wait_ns = wait_after(guesser->wrong);
    return guesser->wrong == GUESSES_FREE && may_tell(guesses, now_ns, ret_left_out);
}

void guesses_note_right(struct guesses *guesses, const struct guess_source *source)
{
    size_t index = find(guesses, source);

    if (index < GUESSES_MAX)
        guesses->table[index].wrong = 0;
}
