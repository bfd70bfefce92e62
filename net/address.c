/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define PORT_DIGITS_MAX 5

struct span {
    const char *bytes;
    size_t size;
};

static enum err refuse(const char *text, const char *why, struct error *error)
{
    return error_set(error, ERR_INVALID,
                     "'%s' %s; an address looks like 127.0.0.1:2181, [::1]:2181 or *:2181", text,
                     why);
}

static bool read_port(const char *text, uint16_t *ret_port)
{
    size_t digits = strspn(text, "0123456789");
    uint32_t port = 0;

    if (digits == 0 || digits > PORT_DIGITS_MAX || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        port = port * 10 + (uint32_t)(text[i] - '0');
    if (port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* Without brackets a colon more would leave open where the port begins. */
static bool take_host(struct span host, struct span *ret_host)
{
    bool bracketed = host.size >= 2 && host.bytes[0] == '[' && host.bytes[host.size - 1] == ']';

    if (bracketed)
        host = (struct span){host.bytes + 1, host.size - 2};
    if (host.size == 0 || host.size >= ADDRESS_HOST_MAX)
        return false;
    if (memchr(host.bytes, '[', host.size) != NULL || memchr(host.bytes, ']', host.size) != NULL)
        return false;
    if ((memchr(host.bytes, ':', host.size) != NULL) != bracketed)
        return false;
    *ret_host = host;
    return true;
}

enum err address_parse(const char *text, struct address *ret_address, struct error *error)
{
    const char *colon = strrchr(text, ':');
    struct address address = {.port = 0};
    struct span host;

    if (colon == NULL)
        return refuse(text, "has no port", error);
    if (!read_port(colon + 1, &address.port))
        return refuse(text, "has a port that is not a number from 0 to 65535", error);
    if (!take_host((struct span){text, (size_t)(colon - text)}, &host))
        return refuse(text, "has no proper host", error);
    memcpy(address.host, host.bytes, host.size);
    *ret_address = address;
    return ERR_OK;
}

bool address_is_loopback(const char *host)
{
    bool is_numeric = host[strspn(host, "0123456789.")] == '\0';

    return (is_numeric && strncmp(host, "127.", 4) == 0) || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0;
}
