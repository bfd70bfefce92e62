/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/http/utf8.h"

/* The decoded bytes of a target are never more than the target's, and each part ends in a NUL where a delimiter
 * stood. */
struct decoding {
    const char *at;
    char *out;
    char plus; /* what a '+' is */
};

static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    return -1;
}

/* One byte; '\0' for what may not be. */
static char decode_byte(struct decoding *decoding)
{
    char letter = *decoding->at++;

    if (letter == '+')
        return decoding->plus;
    if (letter != '%')
        return letter;
    int high = hex_digit(decoding->at[0]);
    int low = high < 0 ? -1 : hex_digit(decoding->at[1]);
    if (low < 0)
        return '\0';
    decoding->at += 2;
    return (char)(high * 16 + low);
}

/* Up to one of the delimiters or the end; NULL for what may not be. */
static const char *decode_part(struct decoding *decoding, const char *delimiters)
{
    char *begin = decoding->out;

    while (*decoding->at != '\0' && strchr(delimiters, *decoding->at) == NULL) {
        char byte = decode_byte(decoding);

        if (byte == '\0')
            return NULL;
        *decoding->out++ = byte;
    }
    *decoding->out++ = '\0';
    return utf8_is_valid(begin, (size_t)(decoding->out - 1 - begin)) ? begin : NULL;
}

static bool is_step(const char *segment)
{
    return strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
}

static enum err read_path(struct decoding *decoding, struct url *url, struct error *error)
{
    while (*decoding->at == '/') {
        decoding->at++;
        if (url->segment_count == URL_SEGMENTS_MAX)
            return error_set(error, ERR_LIMIT, "the path has more than %d parts", URL_SEGMENTS_MAX);
        const char *segment = decode_part(decoding, "/?#");
        if (segment == NULL || is_step(segment))
            return error_set(error, ERR_INVALID, "the path is not valid");
        url->segments[url->segment_count++] = segment;
    }
    return ERR_OK;
}

/* A member without '=' has an empty value; one without a name is passed over. */
static enum err read_member(struct decoding *decoding, struct url *url, struct error *error)
{
    const char *value = "";
    const char *name = decode_part(decoding, "=&#");

    if (name != NULL && *decoding->at == '=') {
        decoding->at++;
        value = decode_part(decoding, "&#");
    }
    if (name == NULL || value == NULL)
        return error_set(error, ERR_INVALID, "the query is not valid");
    if (name[0] == '\0')
        return ERR_OK;
    if (url->query_count == HTTP_QUERY_MAX)
        return error_set(error, ERR_LIMIT, "the query has more than %d members", HTTP_QUERY_MAX);
    url->query[url->query_count++] = (struct http_pair){.name = name, .value = value};
    return ERR_OK;
}

static enum err read_query(struct decoding *decoding, struct url *url, struct error *error)
{
    enum err err = ERR_OK;

    decoding->plus = ' ';
    while (err == ERR_OK && (*decoding->at == '?' || *decoding->at == '&')) {
        decoding->at++;
        err = read_member(decoding, url, error);
    }
    return err;
}

static void join_path(struct url *url, size_t size)
{
    char *at = url->path = mem_alloc(size + 2);

    for (size_t i = 0; i < url->segment_count; i++) {
        size_t part = strlen(url->segments[i]);

        *at++ = '/';
        url->starts[i] = (size_t)(at - url->path);
        memcpy(at, url->segments[i], part);
        at += part;
    }
}

enum err url_parse(const char *target, struct url *ret_url, struct error *error)
{
    size_t size = strlen(target);

    if (size > URL_TARGET_MAX)
        return error_set(error, ERR_LIMIT, "the address has more than %d bytes", URL_TARGET_MAX);
    if (target[0] != '/')
        return error_set(error, ERR_INVALID, "the path does not begin with '/'");

    struct url url = {.bytes = mem_alloc(size + 2)};
    struct decoding decoding = {.at = target, .out = url.bytes, .plus = '+'};
    enum err err = read_path(&decoding, &url, error);
    if (err == ERR_OK)
        err = read_query(&decoding, &url, error);
    join_path(&url, size);
    if (err == ERR_OK && strlen(url.path) > HTTP_PATH_MAX)
        err = error_set(error, ERR_LIMIT, "the path has more than %d bytes", HTTP_PATH_MAX);
    if (err == ERR_OK)
        *ret_url = url;
    else
        url_done(&url);
    return err;
}

void url_done(struct url *url)
{
    mem_free_text(&url->path);
    mem_free_text(&url->bytes);
}
