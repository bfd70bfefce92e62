/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/assets.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

enum {
    HASH_MIN = 8,
    HASH_MAX = 16,
};

const struct asset *assets_find(const struct asset_table *table, const char *path)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->assets[i].path, path) == 0)
            return &table->assets[i];
    }
    return NULL;
}

const char *assets_type(const char *path)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".txt", "text/plain; charset=utf-8"},
        {".woff2", "font/woff2"},
    };
    size_t size = strlen(path);

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        size_t end = strlen(types[i].end);

        if (size > end && strcmp(path + size - end, types[i].end) == 0)
            return types[i].type;
    }
    return NULL;
}

bool assets_is_hashed(const char *path)
{
    const char *end = strrchr(path, '.');
    const char *dash = strrchr(path, '-');

    if (end == NULL || dash == NULL || end - dash <= HASH_MIN || end - dash > HASH_MAX + 1)
        return false;
    for (const char *at = dash + 1; at < end; at++) {
        if (!isalnum((unsigned char)*at))
            return false;
    }
    return true;
}

/* A file that is gone must not come as the index: a browser would take it for the script it asked for. Names in the
 * paths of views may have dots, but no view has one part alone that has. */
bool assets_is_view(const char *path)
{
    static const char *const others[] = {"/api", "/metrics", "/assets"};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        size_t size = strlen(others[i]);

        if (strncmp(path, others[i], size) == 0 && (path[size] == '\0' || path[size] == '/'))
            return false;
    }
    return strchr(path + 1, '/') != NULL || assets_type(path) == NULL;
}

/* ---- headers that are lists ---- */

/* Whether the parameters after a word say q=0. */
static bool is_unwanted(const char *parameters, size_t size)
{
    const char *end = parameters + size;
    const char *at = parameters;

    while (at < end && *at != 'q' && *at != 'Q')
        at++;
    if (at == end || at[1] != '=')
        return false;
    for (at += 2; at < end && *at != ';'; at++) {
        if (*at != '0' && *at != '.' && *at != ' ')
            return false;
    }
    return true;
}

static bool is_word(const char *text, size_t size, const char *word)
{
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (tolower((unsigned char)text[i]) != word[i])
            return false;
    }
    return true;
}

bool assets_accepts_gzip(const char *accept)
{
    for (const char *at = accept == NULL ? "" : accept; *at != '\0';) {
        at += strspn(at, " \t,");
        size_t item = strcspn(at, ",");
        size_t word = strcspn(at, ",; \t");

        if (is_word(at, word, "gzip") || is_word(at, word, "x-gzip"))
            return !is_unwanted(at + word, item - word);
        at += item;
    }
    return false;
}

bool assets_is_match(const char *if_none_match, const char *tag)
{
    for (const char *at = if_none_match == NULL ? "" : if_none_match; *at != '\0';) {
        at += strspn(at, " \t,");
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        size_t size = strcspn(at, ", \t");

        if ((size == 1 && *at == '*') || (size == strlen(tag) && strncmp(at, tag, size) == 0))
            return true;
        at += size;
    }
    return false;
}
