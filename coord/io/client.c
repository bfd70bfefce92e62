/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's side: it counts its calls and takes letters. The keeper does the rest.
 */
#include "coord/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "coord/io/errand.h"
#include "coord/io/keeper.h"
#include "coord/protocol/path.h"
#include "coord/servers.h"

struct coord_client {
    struct mailbox *inbox;
    struct keeper *keeper;
    size_t calls_max;
    size_t unanswered_max; /* calls_max, and as many refusals as the inbox has room for */
    size_t unanswered;     /* calls whose answer was not taken */
    uint64_t generation;   /* of the session the owner knows: CONNECTED was taken; 0 for none */
    char server[COORD_SERVER_NAME_MAX];
};

/* ---- life ---- */

static enum err check_root(const char *root, struct error *error)
{
    if (root == NULL || strcmp(root, "/") == 0)
        return ERR_OK;
    const char *fault = path_fault(root, strlen(root));
    if (fault == NULL && strlen(root) >= COORD_PATH_MAX)
        fault = "is longer than 1023 bytes";
    return fault == NULL ? ERR_OK : error_set(error, ERR_INVALID, "root '%s' %s", root, fault);
}

static enum err start(const struct coord_options *options, const struct server_list *servers,
                      struct coord_client *client, struct error *error)
{
    enum err err = mailbox_open(options->inbox_max, &client->inbox, error);

    if (err == ERR_OK)
        err = keeper_start(options, servers, client->inbox, &client->keeper, error);
    return err;
}

enum err coord_open(const struct coord_options *options, struct coord_client **ret_client,
                    struct error *error)
{
    struct server_list servers;

    ASSERT(options->calls_max > 0 && options->inbox_max > 0);
    enum err err = servers_parse(options->servers, &servers, error);
    if (err == ERR_OK)
        err = check_root(options->root, error);
    if (err != ERR_OK)
        return err;

    struct coord_client *client = NEW(struct coord_client);
    client->calls_max = options->calls_max;
    client->unanswered_max = options->calls_max + options->inbox_max;
    err = start(options, &servers, client, error);
    if (err != ERR_OK) {
        coord_close(&client);
        return err;
    }
    *ret_client = client;
    return ERR_OK;
}

static struct letter *take_letter(struct coord_client *client, int64_t timeout_ms)
{
    struct list_node *node = mailbox_take(client->inbox, timeout_ms);

    return node == NULL ? NULL : CONTAINER_OF(node, struct letter, node);
}

/* The keeper may be waiting for room in the inbox: it is shut first. */
void coord_close(struct coord_client **client)
{
    struct letter *letter;

    if (*client == NULL)
        return;
    if ((*client)->inbox != NULL) {
        mailbox_shut((*client)->inbox);
        keeper_stop(&(*client)->keeper);
        while ((letter = take_letter(*client, 0)) != NULL)
            letter_destroy(&letter);
    }
    mailbox_close(&(*client)->inbox);
    free(*client);
    *client = NULL;
}

/* ---- calls ---- */

/* Nobody but the owner takes letters, so this one cannot wait for room. */
static void refuse(struct coord_client *client, const struct coord_call *call,
                   enum coord_error error)
{
    struct letter *letter = letter_of_refusal(call, error);
    bool is_put = mailbox_put_now(client->inbox, &letter->node);

    ASSERT(is_put);
}

void coord_call(struct coord_client *client, const struct coord_call *call)
{
    ASSERT(client->unanswered < client->unanswered_max); /* the owner forgets to take its events */
    client->unanswered++;
    if (coord_call_fault(call) != NULL)
        refuse(client, call, COORD_BAD_ARGUMENTS);
    else if (client->unanswered > client->calls_max)
        refuse(client, call, COORD_THROTTLED);
    else
        keeper_call(client->keeper, call, client->generation);
}

void coord_call_all(struct coord_client *client, struct coord_calls *calls)
{
    struct coord_call call;

    while (coord_calls_pop(calls, &call)) {
        coord_call(client, &call);
        coord_call_done(&call);
    }
}

/* ---- events ---- */

static void note(struct coord_client *client, const struct letter *letter)
{
    switch (letter->event.kind) {
    case COORD_CONNECTED:
        memcpy(client->server, letter->server, sizeof client->server);
        client->generation = letter->generation;
        return;
    case COORD_EXPIRED:
    case COORD_REFUSED:
        client->generation = 0;
        client->server[0] = '\0';
        return;
    case COORD_DISCONNECTED:
        client->server[0] = '\0';
        return;
    case COORD_ANSWERED:
        client->unanswered--;
        return;
    case COORD_CHANGED:
        return;
    }
    UNREACHABLE();
}

bool coord_take(struct coord_client *client, int64_t timeout_ms, struct coord_event *ret_event)
{
    struct letter *letter = take_letter(client, timeout_ms);

    if (letter == NULL)
        return false;
    note(client, letter);
    *ret_event = letter->event;
    free(letter); /* what the event holds is the caller's now */
    return true;
}

int coord_fd(const struct coord_client *client)
{
    return mailbox_fd(client->inbox);
}

void coord_server_name(const struct coord_client *client, char *ret_name, size_t size)
{
    (void)snprintf(ret_name, size, "%s", client->server);
}
