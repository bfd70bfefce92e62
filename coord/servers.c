/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/servers.h"

#include <string.h>

#include "base/settings_schema.h"

enum {
    PORT_MAX = 65535,
};

/* One word of the list, not ended by NUL, and what was read of it. */
struct word {
    const char *text;
    size_t size;
    size_t host_begin;
    size_t host_size;
    size_t port_begin; /* size if there is none */
};

static enum err refuse(const struct word *word, const char *why, struct error *error)
{
    return error_set(error, ERR_INVALID, "server '%.*s' %s", (int)word->size, word->text, why);
}

/* "[::1]:2181" */
static enum err split_brackets(struct word *word, struct error *error)
{
    const char *end = memchr(word->text, ']', word->size);
    if (end == NULL)
        return refuse(word, "has no ']'", error);

    size_t after = (size_t)(end - word->text) + 1;
    if (after < word->size && word->text[after] != ':')
        return refuse(word, "has something else than ':PORT' behind ']'", error);
    word->host_begin = 1;
    word->host_size = after - 2;
    word->port_begin = after < word->size ? after + 1 : after;
    return ERR_OK;
}

static enum err split(struct word *word, struct error *error)
{
    if (word->size > 0 && word->text[0] == '[')
        return split_brackets(word, error);

    const char *colon = memchr(word->text, ':', word->size);
    size_t size = colon == NULL ? word->size : (size_t)(colon - word->text);
    if (colon != NULL && memchr(colon + 1, ':', word->size - size - 1) != NULL)
        return refuse(word, "is an IPv6 address: write it in brackets, [ADDRESS]:PORT", error);
    word->host_begin = 0;
    word->host_size = size;
    word->port_begin = colon == NULL ? word->size : size + 1;
    return ERR_OK;
}

static enum err read_port(const struct word *word, uint16_t *ret_port, struct error *error)
{
    char digits[8] = "";
    size_t size = word->size - word->port_begin;
    uint64_t port;

    if (size == 0 && word->text[word->size - 1] != ':') {
        *ret_port = SERVERS_PORT;
        return ERR_OK;
    }
    if (size < sizeof digits)
        memcpy(digits, word->text + word->port_begin, size);
    if (!setting_parse_u64(digits, &port) || port < 1 || port > PORT_MAX)
        return refuse(word, "has no port from 1 to 65535 behind ':'", error);
    *ret_port = (uint16_t)port;
    return ERR_OK;
}

/* Slashes come from connect strings of ZooKeeper, which have a root at their end. */
static enum err read_host(const struct word *word, char *host, struct error *error)
{
    if (word->host_size == 0)
        return refuse(word, "has no host", error);
    if (word->host_size >= SERVERS_HOST_MAX)
        return refuse(word, "has too long a host", error);
    memcpy(host, word->text + word->host_begin, word->host_size);
    host[word->host_size] = '\0';
    if (strchr(host, '/') != NULL || memchr(word->text, '/', word->size) != NULL)
        return refuse(word, "has a path: a root is given apart from the servers", error);
    if (strpbrk(host, " \t\r\n;") != NULL)
        return refuse(word, "has a character that hosts do not have; servers are parted by ','",
                      error);
    return ERR_OK;
}

static enum err read_server(struct word *word, struct server_address *server, struct error *error)
{
    enum err err = split(word, error);
    if (err == ERR_OK)
        err = read_host(word, server->host, error);
    if (err == ERR_OK)
        err = read_port(word, &server->port, error);
    return err;
}

enum err servers_parse(const char *text, struct server_list *ret_list, struct error *error)
{
    struct server_list list = {.count = 0};

    for (const char *at = text; at != NULL; list.count++) {
        struct word word = {.text = at, .size = strcspn(at, ",")};

        if (list.count == SERVERS_MAX)
            return error_set(error, ERR_LIMIT, "more than %d servers", SERVERS_MAX);
        enum err err = read_server(&word, &list.items[list.count], error);
        if (err != ERR_OK)
            return err;
        at = at[word.size] == ',' ? at + word.size + 1 : NULL;
    }
    *ret_list = list;
    return ERR_OK;
}

void servers_name(const struct server_address *server, struct text *text)
{
    bool is_v6 = strchr(server->host, ':') != NULL;

    text_add(text, "%s%s%s:%u", is_v6 ? "[" : "", server->host, is_v6 ? "]" : "",
             (unsigned)server->port);
}
