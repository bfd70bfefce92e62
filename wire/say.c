/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/say.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/nearest.h"

#define QUOTED_BYTES_MAX 64

struct said say_quoted(const char *text)
{
    struct said said = {.text = "'"};
    size_t used = 1;

    for (size_t i = 0; text != NULL && text[i] != '\0' && i < QUOTED_BYTES_MAX; i++)
        said.text[used++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';

    bool cut = text != NULL && used == QUOTED_BYTES_MAX + 1 && text[QUOTED_BYTES_MAX] != '\0';
    (void)snprintf(said.text + used, sizeof said.text - used, "%s", cut ? "...'" : "'");
    return said;
}

/* Adds the name, or "..." and false if there is no room for it and for one more "...". */
static bool add_name(struct said *said, size_t *used, const char *name, bool first)
{
    size_t room = sizeof said->text - *used;
    int wanted =
        snprintf(said->text + *used, room, "%s%s", first ? "" : ", ", say_quoted(name).text);

    if (wanted >= 0 && (size_t)wanted + sizeof ", ..." <= room) {
        *used += (size_t)wanted;
        return true;
    }
    (void)snprintf(said->text + *used, room, "%s...", first ? "" : ", ");
    return false;
}

struct said say_choices(const char *word, const char *const *names, uint32_t count)
{
    struct said said = {.text = "there is none"};
    const char *near = nearest(word, names, count);

    if (near != NULL) {
        (void)snprintf(said.text, sizeof said.text, "did you mean %.80s?", say_quoted(near).text);
        return said;
    }
    if (count == 0)
        return said;

    size_t used = (size_t)snprintf(said.text, sizeof said.text, "there is: ");
    for (uint32_t i = 0; i < count && add_name(&said, &used, names[i], i == 0); i++)
        continue;
    return said;
}

void say_words(const char *words, struct text *text)
{
    for (const unsigned char *at = (const unsigned char *)words; *at != '\0'; at++) {
        bool is_control = *at < ' ' || *at == 0x7f;
        bool is_control_of_two = *at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0; /* U+0080 .. */

        text_add(text, "%c", is_control || is_control_of_two ? '?' : *at);
        at += is_control_of_two ? 1 : 0;
    }
}
