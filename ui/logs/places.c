/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/places.h"

void places_init(struct places *places, const struct needle *needle, uint64_t offset)
{
    *places = (struct places){.needle = needle, .offset = offset};
}

void places_done(struct places *places)
{
    text_done(&places->bytes);
}

void places_feed(struct places *places, const void *bytes, size_t size, bool is_last)
{
    size_t cut = places->from > PLACES_AROUND ? places->from - PLACES_AROUND : 0;
    struct text rest = {.data = NULL};

    text_add_bytes(&rest, text_data(&places->bytes) + cut, text_size(&places->bytes) - cut);
    text_add_bytes(&rest, bytes, size);
    text_done(&places->bytes);
    places->bytes = rest;
    places->offset += cut;
    places->from -= cut;
    places->is_last = is_last;
}

/* How much may be looked at: a match that begins in it has all that stands around it. */
static size_t ready(const struct places *places)
{
    size_t size = text_size(&places->bytes);

    if (places->is_last)
        return size;
    return size < PLACES_AROUND ? 0 : size - PLACES_AROUND;
}

bool places_take(struct places *places, struct places_match *ret_match)
{
    const char *bytes = text_data(&places->bytes);
    size_t size = text_size(&places->bytes);
    size_t limit = ready(places);
    size_t overlap = places->is_last ? 0 : places->needle->size - 1;

    if (limit <= places->from)
        return false;
    size_t at = needle_find(places->needle, bytes, limit, places->from);
    if (at == limit) {
        if (limit > overlap && limit - overlap > places->from)
            places->from = limit - overlap;
        return false;
    }
    size_t after = at + places->needle->size;
    size_t before_size = at < PLACES_AROUND ? at : PLACES_AROUND;
    *ret_match = (struct places_match){
        .offset = places->offset + at,
        .before = bytes + at - before_size,
        .before_size = before_size,
        .match = bytes + at,
        .match_size = places->needle->size,
        .after = bytes + after,
        .after_size = size - after < PLACES_AROUND ? size - after : PLACES_AROUND,
    };
    places->from = after;
    return true;
}

uint64_t places_next(const struct places *places)
{
    return places->offset + places->from;
}
