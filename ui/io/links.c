/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/links.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/monitor.h"

#define SLICE_NS 250000000u /* after so long it is looked whether the asker has gone */

struct idle {
    char *address; /* NULL: free */
    struct asking asking;
};

struct links {
    const struct keys *keys;
    int interrupt;
    struct monitor monitor; /* of all below */
    size_t next;            /* to be closed if all places are taken */
    struct idle idle[LINKS_IDLE_MAX];
};

struct links *links_new(const struct keys *keys, int interrupt)
{
    struct links *links = NEW(struct links);

    links->keys = keys;
    links->interrupt = interrupt;
    monitor_init(&links->monitor);
    return links;
}

static void close_idle(struct idle *idle)
{
    if (idle->address == NULL)
        return;
    asking_close(&idle->asking);
    mem_free_text(&idle->address);
}

void links_destroy(struct links **links)
{
    if (*links == NULL)
        return;
    for (size_t i = 0; i < LINKS_IDLE_MAX; i++)
        close_idle(&(*links)->idle[i]);
    monitor_done(&(*links)->monitor);
    free(*links);
    *links = NULL;
}

static bool take(struct links *links, const char *address, struct asking *ret_asking)
{
    bool is_found = false;

    monitor_enter(&links->monitor);
    for (size_t i = 0; i < LINKS_IDLE_MAX && !is_found; i++) {
        struct idle *idle = &links->idle[i];

        is_found = idle->address != NULL && strcmp(idle->address, address) == 0;
        if (is_found) {
            *ret_asking = idle->asking;
            mem_free_text(&idle->address);
        }
    }
    monitor_leave(&links->monitor);
    return is_found;
}

static struct idle *find_place(struct links *links)
{
    for (size_t i = 0; i < LINKS_IDLE_MAX; i++) {
        if (links->idle[i].address == NULL)
            return &links->idle[i];
    }
    links->next = (links->next + 1) % LINKS_IDLE_MAX;
    return &links->idle[links->next];
}

static void give(struct links *links, const char *address, const struct asking *asking)
{
    struct idle kept = {.address = mem_copy_text(address), .asking = *asking};

    monitor_enter(&links->monitor);
    struct idle *place = find_place(links);
    struct idle old = *place;
    *place = kept;
    monitor_leave(&links->monitor);
    close_idle(&old);
}

static enum err explain(const struct asking *asking, const char *address, enum err err,
                        struct error *error)
{
    const char *trouble = asking_trouble(asking);

    if (err == ERR_DENIED)
        return error_set(
            error, err,
            "%s cannot be talked to: %s; cluster.client names the file of the key that "
            "gale-ui shows",
            address, trouble == NULL ? "its keys are others" : trouble);
    if (err == ERR_CANCELLED)
        return error_set(error, err, "this server is about to end");
    return error_set(error, err, "%s gives no answer", address);
}

static bool is_wanted(const struct links_patience *patience, uint64_t now_ns)
{
    return now_ns < patience->until_ns &&
           (patience->asker == NULL || !patience->asker->is_gone(patience->asker->context));
}

static enum err ask(struct asking *asking, const struct question *question,
                    const struct links_patience *patience, struct asked *ret_asked)
{
    uint64_t now_ns = clock_now_ns();
    enum err err = ERR_TIMEOUT;

    if (patience->asker == NULL)
        return asking_ask(asking, question, patience->until_ns, ret_asked);
    if (!asking_send(asking, question))
        return asking_trouble(asking) == NULL ? ERR_TIMEOUT : ERR_DENIED;
    while (err == ERR_TIMEOUT && is_wanted(patience, now_ns)) {
        uint64_t slice_ns = now_ns + SLICE_NS;
        err = asking_wait(asking, slice_ns < patience->until_ns ? slice_ns : patience->until_ns,
                          ret_asked);
        now_ns = clock_now_ns();
    }
    return err;
}

enum err links_ask(struct links *links, const char *address, const struct question *question,
                   const struct links_patience *patience, struct asked *ret_asked,
                   struct error *error)
{
    struct asking asking;
    enum err err = ERR_OK;

    if (!take(links, address, &asking))
        err = asking_open(address, links->keys, links->interrupt, &asking, error);
    if (err != ERR_OK)
        return err;
    /* Others may ask the same at the same time, and jansson's counts are no good for two threads. */
    struct question own = *question;
    own.args = json_deep_copy(question->args);
    err = ask(&asking, &own, patience, ret_asked);
    json_decref(own.args);
    if (err == ERR_OK) {
        give(links, address, &asking);
        return ERR_OK;
    }
    err = explain(&asking, address, err, error);
    asking_close(&asking);
    return err;
}
