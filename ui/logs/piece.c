/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/piece.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "ui/http/utf8.h"

/* ---- UTF-8 ---- */

void piece_repair(const void *bytes, size_t size, struct text *text)
{
    const char *from = bytes;
    size_t right = 0; /* bytes from `begin` on that are in order */
    size_t begin = 0;

    while (begin + right < size) {
        size_t one = utf8_size(from + begin + right, size - begin - right);
        right += one;
        if (one > 0)
            continue;
        text_add_bytes(text, from + begin, right);
        text_add(text, "\xEF\xBF\xBD");
        begin += right + 1;
        right = 0;
    }
    text_add_bytes(text, from + begin, right);
}

json_t *piece_json(const void *bytes, size_t size)
{
    struct text text = {.data = NULL};

    piece_repair(bytes, size, &text);
    json_t *json = json_stringn(text_data(&text), text_size(&text));
    text_done(&text);
    return json;
}

/* ---- HTML and URLs ---- */

static const char *escape_of(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\0':
        return "\xEF\xBF\xBD";
    default:
        return NULL;
    }
}

void piece_html(const void *bytes, size_t size, struct text *html)
{
    struct text text = {.data = NULL};

    piece_repair(bytes, size, &text);
    for (size_t i = 0; i < text_size(&text); i++) {
        const char *escape = escape_of(text_data(&text)[i]);
        if (escape != NULL)
            text_add(html, "%s", escape);
        else
            text_add_bytes(html, text_data(&text) + i, 1);
    }
    text_done(&text);
}

void piece_url(const char *value, struct text *url)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (const char *byte = value; *byte != '\0'; byte++) {
        if (strchr(plain, *byte) != NULL)
            text_add_bytes(url, byte, 1);
        else
            text_add(url, "%%%02X", (unsigned)(unsigned char)*byte);
    }
}

/* ---- time and level ---- */

/* 2026-11-21T20:30:01.123Z: digits where this has a '0', the rest as it stands. */
static const char form[] = "0000-00-00T00:00:00.000Z ";

static bool has_form(const char *line, size_t size)
{
    if (size < sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool is_digit = line[i] >= '0' && line[i] <= '9';
        if (form[i] == '0' ? !is_digit : line[i] != form[i])
            return false;
    }
    return true;
}

static int64_t number_at(const char *line, size_t at, size_t digits)
{
    int64_t number = 0;

    for (size_t i = at; i < at + digits; i++)
        number = 10 * number + (line[i] - '0');
    return number;
}

/* Days since 1970-01-01. Years are counted from March, so that a leap day is the last of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t years = month <= 2 ? year - 1 : year;
    int64_t months = month <= 2 ? month + 9 : month - 3;

    return 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1 -
           719468;
}

int64_t piece_time(const char *line, size_t size)
{
    if (!has_form(line, size))
        return -1;
    int64_t month = number_at(line, 5, 2);
    int64_t day = number_at(line, 8, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return -1;
    int64_t days = days_of(number_at(line, 0, 4), month, day);
    int64_t seconds = days * 86400 + number_at(line, 11, 2) * 3600 + number_at(line, 14, 2) * 60 +
                      number_at(line, 17, 2);
    return seconds < 0 ? -1 : seconds * 1000 + number_at(line, 20, 3);
}

const char *piece_level(const char *line, size_t size)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    size_t begin = sizeof form - 1;

    if (!has_form(line, size))
        return NULL;
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        size_t length = strlen(levels[i]);
        if (size > begin + length && memcmp(line + begin, levels[i], length) == 0 &&
            line[begin + length] == ' ')
            return levels[i];
    }
    return NULL;
}
