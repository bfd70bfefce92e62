/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/place.h"

#include <string.h>

#include "base/mem.h"

enum {
    DIGITS_MAX = 18, /* of a number that fits into 63 bits */
};

/* A whole number at the begin of the text, and where it ends; NULL if none is there. */
static const char *read_number(const char *text, int64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    int64_t number = 0;

    if (digits == 0 || digits > DIGITS_MAX)
        return NULL;
    for (size_t i = 0; i < digits; i++)
        number = 10 * number + (text[i] - '0');
    *ret_number = number;
    return text + digits;
}

bool place_read(const char *text, struct console_place *ret_place)
{
    static const struct {
        const char *word;
        enum console_place_kind kind;
    } kinds[] = {
        {"offset:", CONSOLE_PLACE_OFFSET},
        {"time:", CONSOLE_PLACE_TIME},
        {"last:", CONSOLE_PLACE_LAST},
    };
    struct console_place place = {.kind = CONSOLE_PLACE_LATEST};

    if (strcmp(text, "latest") == 0 || strcmp(text, "earliest") == 0) {
        ret_place->kind = text[0] == 'l' ? CONSOLE_PLACE_LATEST : CONSOLE_PLACE_EARLIEST;
        ret_place->value = 0;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        size_t size = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, size) != 0)
            continue;
        const char *end = read_number(text + size, &place.value);
        place.kind = kinds[i].kind;
        if (end == NULL || *end != '\0')
            return false;
        *ret_place = place;
        return true;
    }
    return false;
}

static bool has(const struct place_list *list, int64_t partition)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].partition == partition)
            return true;
    }
    return false;
}

/* "17=33", and where it ends; NULL. */
static const char *read_one(const char *text, struct place_list *list)
{
    int64_t partition;
    int64_t offset;
    const char *end = read_number(text, &partition);

    if (end == NULL || *end != '=' || partition > INT32_MAX || has(list, partition) ||
        list->count == PLACE_PARTITIONS_MAX)
        return NULL;
    end = read_number(end + 1, &offset);
    if (end == NULL || (*end != ',' && *end != '\0'))
        return NULL;
    list->items[list->count++] = (struct place_at){(int32_t)partition, offset};
    return end;
}

bool place_read_list(const char *text, struct place_list *ret_list)
{
    static const char word[] = "at:";
    const char *rest = text + sizeof word - 1;

    if (strncmp(text, word, sizeof word - 1) != 0)
        return false;
    ret_list->count = 0;
    do {
        rest = read_one(rest, ret_list);
        if (rest != NULL && *rest == ',')
            rest++;
        else if (rest != NULL)
            return true;
    } while (rest != NULL);
    return false;
}
