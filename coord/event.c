/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/event.h"

#include <stdlib.h>

static void free_texts(char **texts, size_t count)
{
    if (texts == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void coord_event_done(struct coord_event *event)
{
    free_texts(event->part_paths, event->part_count);
    free_texts(event->children, event->child_count);
    free(event->part_errors);
    free(event->path);
    free(event->data);
    *event = (struct coord_event){.tag = 0};
}
