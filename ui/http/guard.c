/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/guard.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

static bool refuse(struct guard_refusal *refusal, unsigned status, const char *format, ...)
    PRINTF_LIKE(3, 4);

static bool refuse(struct guard_refusal *refusal, unsigned status, const char *format, ...)
{
    va_list arguments;

    refusal->status = status;
    va_start(arguments, format);
    (void)vsnprintf(refusal->text, sizeof refusal->text, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- names of hosts ---- */

enum {
    PORT_DIGITS_MAX = 5,
    IPV4_PARTS = 4,
    IPV4_DIGITS_MAX = 3,
};

static bool is_port(const char *text)
{
    if (text[0] != ':')
        return text[0] == '\0';
    size_t digits = strspn(text + 1, "0123456789");
    return digits >= 1 && digits <= PORT_DIGITS_MAX && text[1 + digits] == '\0';
}

/* "name", "name:8080", "[::1]:8080": the name alone, in small letters. */
static bool read_host(const char *text, char name[ADDRESS_HOST_MAX])
{
    bool is_bracketed = text[0] == '[';
    const char *begin = text + is_bracketed;
    size_t size = strcspn(begin, is_bracketed ? "]" : ":");

    if (size == 0 || size >= ADDRESS_HOST_MAX || (is_bracketed && begin[size] != ']') ||
        !is_port(begin + size + is_bracketed))
        return false;
    for (size_t i = 0; i < size; i++)
        name[i] = (char)tolower((unsigned char)begin[i]);
    name[size] = '\0';
    return true;
}

static bool is_same_name(const char *left, const char *right)
{
    for (; *left != '\0' && tolower((unsigned char)*left) == tolower((unsigned char)*right); left++)
        right++;
    return *left == '\0' && *right == '\0';
}

/* "127.0.0.1" and its like, whole: what a browser would make an address of ("127.1") is one by then. */
static bool is_ipv4(const char *name)
{
    size_t parts = 0;
    bool is_part = true;

    while (is_part && parts < IPV4_PARTS) {
        size_t digits = strspn(name, "0123456789");

        is_part = digits >= 1 && digits <= IPV4_DIGITS_MAX &&
                  strtoul(name, NULL, 10) <= UINT8_MAX &&
                  name[digits] == (++parts < IPV4_PARTS ? '.' : '\0');
        name += is_part ? digits + 1 : 0;
    }
    return is_part;
}

/* An address in figures cannot have been made to point here. */
static bool is_figures(const char *name)
{
    bool is_ipv6 = strchr(name, ':') != NULL && name[strspn(name, "0123456789abcdef:.")] == '\0';

    return is_ipv6 || is_ipv4(name);
}

static bool is_loopback(const char *name)
{
    return address_is_loopback(name) && (!isdigit((unsigned char)name[0]) || is_ipv4(name));
}

static bool is_ours(const struct guard *guard, const char *name)
{
    if (is_loopback(name) || (guard->is_public && is_figures(name)))
        return true;
    for (size_t i = 0; i < guard->host_count; i++) {
        if (is_same_name(guard->hosts[i], name))
            return true;
    }
    return false;
}

/* ---- any request ---- */

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

/* Of a page of another site, as its browser says. */
static bool is_foreign(const struct guard_request *request)
{
    static const char *const sites[] = {"same-origin", "none"};

    return request->fetch_site != NULL &&
           !is_one_of(request->fetch_site, sites, sizeof sites / sizeof *sites);
}

static bool is_followed_link(const struct guard_request *request)
{
    return request->fetch_dest != NULL && strcmp(request->fetch_dest, "document") == 0;
}

bool guard_admits(const struct guard *guard, const struct guard_request *request,
                  struct guard_refusal *ret_refusal)
{
    static const char *const methods[] = {"GET", "HEAD", "POST"};
    char name[ADDRESS_HOST_MAX];

    if (!is_one_of(request->method, methods, sizeof methods / sizeof *methods))
        return refuse(ret_refusal, 405, "the methods are GET, HEAD and POST");
    if (request->host == NULL || !read_host(request->host, name))
        return refuse(ret_refusal, 400, "the header Host is missing, or names no host");
    if (request->has_hosts)
        return refuse(ret_refusal, 400, "the header Host stands there twice");
    if (!is_ours(guard, name))
        return refuse(ret_refusal, 421,
                      "this server does not go by the name '%.64s'; ui.hosts says which it has",
                      name);
    if (is_foreign(request) && !is_followed_link(request))
        return refuse(ret_refusal, 403, "a page of another site may link here, but not ask");
    return true;
}

/* ---- changes ---- */

static const char scheme[] = "Bearer ";

bool guard_has_token(const char *authorization)
{
    return authorization != NULL && strncmp(authorization, scheme, sizeof scheme - 1) == 0;
}

bool guard_knows_token(const struct guard *guard, const char *authorization)
{
    unsigned char shown[GUARD_TOKEN_MAX] = {0}; /* no texts: zeros fill them up */
    unsigned char wanted[GUARD_TOKEN_MAX] = {0};
    volatile unsigned difference = 0;

    if (guard->token == NULL)
        return true;
    if (!guard_has_token(authorization))
        return false;
    authorization += sizeof scheme - 1;
    size_t size = strlen(authorization);
    size_t wanted_size = strlen(guard->token);
    if (size > sizeof shown || wanted_size > sizeof wanted)
        return false;
    for (size_t i = 0; i < size; i++)
        shown[i] = (unsigned char)authorization[i];
    for (size_t i = 0; i < wanted_size; i++)
        wanted[i] = (unsigned char)guard->token[i];
    for (size_t i = 0; i < sizeof shown; i++)
        difference |= (unsigned)(shown[i] ^ wanted[i]);
    return difference == 0;
}

/* "http://" or, behind somebody who speaks TLS for us, "https://", and what Host says. */
static bool is_same_origin(const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t size = strlen(schemes[i]);

        if (strncmp(origin, schemes[i], size) == 0 && is_same_name(origin + size, host))
            return true;
    }
    return false;
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    char name[sizeof json] = "";
    size_t size = type == NULL ? 0 : strcspn(type, "; \t");

    if (size != sizeof json - 1)
        return false;
    memcpy(name, type, size);
    return is_same_name(name, json);
}

bool guard_admits_change(const struct guard *guard, const struct guard_request *request,
                         struct guard_refusal *ret_refusal)
{
    if (request->origin != NULL && !is_same_origin(request->origin, request->host))
        return refuse(ret_refusal, 403, "a page of another origin may not change anything");
    if (is_foreign(request))
        return refuse(ret_refusal, 403, "a page of another site may not change anything");
    if (request->action == NULL || strcmp(request->action, "1") != 0)
        return refuse(ret_refusal, 403, "a change needs the header 'X-Gale-Action: 1'");
    if (request->has_body && !is_json(request->type))
        return refuse(ret_refusal, 415, "the body must be application/json");
    if (!guard->has_actions)
        return refuse(ret_refusal, 403, "%s", guard->why_no_actions);
    if (!guard_knows_token(guard, request->authorization))
        return refuse(ret_refusal, 401,
                      "a change needs the token of this server: 'Authorization: "
                      "Bearer TOKEN'");
    return true;
}
