/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ended.h"

#include <string.h>

#include "base/mem.h"
#include "cli/answer.h"

/* The dash and the number that the text begins with; 0 if it does not. */
static size_t number_length(const char *text)
{
    size_t digits = text[0] == '-' ? strspn(text + 1, "0123456789") : 0;

    return digits == 0 ? 0 : 1 + digits;
}

bool ended_is_of(const char *id, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(id, name, length) != 0)
        return false;
    if (id[length] == '\0')
        return true;
    size_t counter = number_length(id + length);
    size_t seconds = counter == 0 ? 0 : number_length(id + length + counter);
    return seconds > 0 && id[length + counter + seconds] == '\0';
}

void ended_look(struct ended *ended, const char *name, const json_t *answer)
{
    for (size_t i = 0; i < answer_size(answer, "topologies"); i++) {
        const json_t *item = answer_item(answer, "topologies", i);
        const char *id = answer_text(item, "id");
        uint64_t modified_ms = answer_count(item, "modified_ms");

        if (!ended_is_of(id, name) || (ended->id != NULL && modified_ms <= ended->modified_ms))
            continue;
        mem_free_text(&ended->id);
        *ended = (struct ended){.id = mem_copy_text(id), .modified_ms = modified_ms};
    }
}

void ended_done(struct ended *ended)
{
    mem_free_text(&ended->id);
}
