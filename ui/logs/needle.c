/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/needle.h"

#include <string.h>

static char small(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static char capital(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

bool needle_init(struct needle *needle, const char *text, bool has_case)
{
    size_t size = strlen(text);

    if (size == 0 || size > NEEDLE_MAX)
        return false;
    needle->size = size;
    needle->has_case = has_case;
    for (size_t i = 0; i < size; i++)
        needle->bytes[i] = has_case ? text[i] : small(text[i]);
    return true;
}

static bool is_here(const struct needle *needle, const char *bytes)
{
    if (needle->has_case)
        return memcmp(needle->bytes, bytes, needle->size) == 0;
    for (size_t i = 0; i < needle->size; i++) {
        if (small(bytes[i]) != needle->bytes[i])
            return false;
    }
    return true;
}

/* The two forms of the first letter, and where the next of each stands: looked for once, and remembered. */
struct forms {
    size_t count; /* 1 if there is only one */
    char letters[2];
    const char *next[2];
};

/* The nearest of both at or after `here`; the end if there is none. */
static const char *find_form(struct forms *forms, const char *here, const char *end)
{
    const char *nearest = end;

    for (size_t i = 0; i < forms->count; i++) {
        if (forms->next[i] == NULL || forms->next[i] < here) {
            const char *found = memchr(here, forms->letters[i], (size_t)(end - here));
            forms->next[i] = found == NULL ? end : found;
        }
        if (forms->next[i] < nearest)
            nearest = forms->next[i];
    }
    return nearest;
}

size_t needle_find(const struct needle *needle, const char *bytes, size_t size, size_t from)
{
    struct forms forms = {.count = 1, .letters = {needle->bytes[0], capital(needle->bytes[0])}};

    if (size < needle->size || from > size - needle->size)
        return size;
    if (!needle->has_case && forms.letters[0] != forms.letters[1])
        forms.count = 2;
    const char *end = bytes + (size - needle->size + 1);
    const char *here = find_form(&forms, bytes + from, end);
    while (here < end && !is_here(needle, here))
        here = find_form(&forms, here + 1, end);
    return here < end ? (size_t)(here - bytes) : size;
}
