/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/io/fetcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/control_client.h"
#include "wire/control.h"

#define NS_PER_MS UINT64_C(1000000)

struct fetcher {
    struct fetcher_options options;
    char *hash;
    char *addresses;
    char *next; /* address to be tried, in `addresses` */
    struct control_client *client;
    struct reactor_timer *timer;
    uint64_t serial; /* of the request under way */
    uint64_t offset;
    bool is_over;
};

static void try_next(struct fetcher *fetcher);

static void end(struct fetcher *fetcher, bool is_good)
{
    fetcher->is_over = true;
    reactor_timer_set(fetcher->timer, UINT64_MAX);
    fetcher->options.ended(fetcher->options.context, fetcher, is_good);
}

static void ask(struct fetcher *fetcher)
{
    json_t *args = json_object();

    (void)json_object_set_new(args, "hash", json_string(fetcher->hash));
    (void)json_object_set_new(args, "offset", json_integer((json_int_t)fetcher->offset));
    (void)json_object_set_new(args, "length", json_integer(CONTROL_CHUNK_MAX));
    AUTO(mem_free_text) char *head = control_request_encode(++fetcher->serial, "blob.get", args);
    reactor_timer_set(fetcher->timer, clock_now_ns() + FETCHER_TIMEOUT_MS * NS_PER_MS);
    if (!control_client_send(fetcher->client, head, strlen(head), NULL, 0))
        reactor_timer_set(fetcher->timer, clock_now_ns()); /* the next address, soon */
}

/* Writes the piece; true if there is no more to be done here. */
static bool take_piece(struct fetcher *fetcher, uint64_t size_bytes, const void *body,
                       size_t body_size, struct error *error)
{
    struct blob_piece piece = {
        .hash = fetcher->hash,
        .size_bytes = size_bytes,
        .offset = fetcher->offset,
        .bytes = body,
        .size = body_size,
    };
    bool is_done = false;

    if (size_bytes > fetcher->options.bytes_max || body_size == 0) {
        (void)error_set(error, ERR_INVALID, "it answers with %zu of %llu bytes", body_size,
                        (unsigned long long)size_bytes);
        return false;
    }
    if (blob_store_put(fetcher->options.store, &piece, &is_done, error) != ERR_OK)
        return false;
    fetcher->offset += body_size;
    if (is_done)
        end(fetcher, true);
    else
        ask(fetcher);
    return true;
}

static void received(void *context, const char *head, size_t head_size, const void *body,
                     size_t body_size)
{
    struct fetcher *fetcher = context;
    struct control_answer answer;
    struct error error = {.code = ERR_CORRUPT};

    if (fetcher->is_over || control_answer_decode(head, head_size, &answer, &error) != ERR_OK)
        return;
    json_int_t size = json_integer_value(json_object_get(answer.ok, "size"));
    bool is_current = answer.id == fetcher->serial;
    bool is_good = true;
    if (is_current && answer.fault.code == CONTROL_OK)
        is_good = take_piece(fetcher, size < 0 ? 0 : (uint64_t)size, body, body_size, &error);
    else if (is_current)
        is_good = error_set(&error, ERR_NOT_FOUND, "%s", answer.fault.text) == ERR_OK;
    control_answer_done(&answer);
    if (is_good)
        return;
    log_warn("blob.fetch_failed", "hash=%s error=\"%s\"", fetcher->hash, error.text);
    reactor_timer_set(fetcher->timer, clock_now_ns()); /* not within the client's own handler */
    fetcher->serial++;
}

/* A client must not be closed while it calls us: the timer does that. */
static void due(void *context, uint64_t now_ns)
{
    struct fetcher *fetcher = context;

    (void)now_ns;
    if (!fetcher->is_over)
        try_next(fetcher);
}

static void try_next(struct fetcher *fetcher)
{
    control_client_close(&fetcher->client);
    blob_store_delete(fetcher->options.store, fetcher->hash);
    fetcher->offset = 0;
    while (*fetcher->next != '\0') {
        char *address = fetcher->next;
        size_t size = strcspn(address, ",");
        struct error error;
        fetcher->next += size + (address[size] == ',' ? 1 : 0);
        address[size] = '\0';
        struct control_client_options options = {
            .reactor = fetcher->options.reactor,
            .address = address,
            .keys = fetcher->options.keys,
            .received = received,
            .context = fetcher,
        };
        if (control_client_open(&options, &fetcher->client, &error) == ERR_OK) {
            ask(fetcher);
            return;
        }
        log_warn("blob.fetch_failed", "hash=%s error=\"%s\"", fetcher->hash, error.text);
    }
    end(fetcher, false);
}

struct fetcher *fetcher_new(const struct fetcher_options *options)
{
    struct fetcher *fetcher = NEW(struct fetcher);

    fetcher->options = *options;
    fetcher->hash = mem_copy_text(options->hash);
    fetcher->addresses = mem_copy_text(options->addresses);
    fetcher->next = fetcher->addresses;
    fetcher->timer = reactor_timer_new(options->reactor, due, fetcher);
    reactor_timer_set(fetcher->timer, clock_now_ns());
    return fetcher;
}

void fetcher_destroy(struct fetcher **fetcher)
{
    if (*fetcher == NULL)
        return;
    control_client_close(&(*fetcher)->client);
    reactor_timer_destroy(&(*fetcher)->timer);
    free((*fetcher)->hash);
    free((*fetcher)->addresses);
    free(*fetcher);
    *fetcher = NULL;
}

const char *fetcher_hash(const struct fetcher *fetcher)
{
    return fetcher->hash;
}
