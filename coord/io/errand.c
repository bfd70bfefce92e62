/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/io/errand.h"

#include <stdlib.h>

#include "base/mem.h"
#include "coord/io/results.h"

struct errand *errand_new(const struct coord_call *call, struct mailbox *mailbox)
{
    struct errand *errand = NEW(struct errand);

    errand->mail.kind = MAIL_ERRAND;
    errand->mailbox = mailbox;
    errand->call = coord_call_copy(call);
    return errand;
}

void errand_destroy(struct errand **errand)
{
    if (*errand == NULL)
        return;
    coord_call_done(&(*errand)->call);
    coord_event_done(&(*errand)->answer);
    results_destroy(&(*errand)->results);
    free(*errand);
    *errand = NULL;
}

struct watch *watch_new(uint64_t tag, struct mailbox *mailbox)
{
    struct watch *watch = NEW(struct watch);

    watch->mail.kind = MAIL_FIRED;
    watch->mailbox = mailbox;
    watch->tag = tag;
    return watch;
}

void watch_destroy(struct watch **watch)
{
    if (*watch == NULL)
        return;
    free((*watch)->path);
    free(*watch);
    *watch = NULL;
}

struct letter *letter_new(struct coord_event *event)
{
    struct letter *letter = NEW(struct letter);

    letter->event = *event;
    *event = (struct coord_event){.tag = 0};
    return letter;
}

void letter_destroy(struct letter **letter)
{
    if (*letter == NULL)
        return;
    coord_event_done(&(*letter)->event);
    free(*letter);
    *letter = NULL;
}

struct letter *letter_of_refusal(const struct coord_call *call, enum coord_error error)
{
    struct coord_event event = {
        .kind = COORD_ANSWERED,
        .tag = call->tag,
        .call = call->kind,
        .error = error,
    };

    if (call->kind == COORD_MULTI) {
        event.part_count = call->part_count;
        event.part_paths = NEW_ARRAY(char *, call->part_count);
        event.part_errors = NEW_ARRAY(enum coord_error, call->part_count);
        for (size_t i = 0; i < call->part_count; i++)
            event.part_errors[i] = error;
    }
    return letter_new(&event);
}
