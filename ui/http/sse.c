/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/sse.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct panel_kind {
    const char *word;  /* of the query */
    const char *event; /* of the answer */
    bool has_name;
} kinds[] = {
    [SSE_PULSE] = {"pulse", "pulse", false},
    [SSE_EVENTS] = {"events", "events", false},
    [SSE_FIGURES] = {"topology", "figures", true},
    [SSE_TASKS] = {"tasks", "tasks", true},
};

const char *sse_kind_name(enum sse_kind kind)
{
    return kinds[kind].event;
}

/* ---- panels ---- */

static bool read_panel(const char *text, size_t size, struct sse_panel *ret_panel)
{
    size_t word = 0;

    while (word < size && text[word] != ':')
        word++;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strlen(kinds[i].word) != word || memcmp(kinds[i].word, text, word) != 0)
            continue;
        if (kinds[i].has_name != (size > word + 1 && text[word + 1] != ':') ||
            (!kinds[i].has_name && size != word))
            return false;
        *ret_panel = (struct sse_panel){.kind = (enum sse_kind)i};
        memcpy(ret_panel->name, text, size);
        return true;
    }
    return false;
}

static bool is_known(const struct sse_panel *panels, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(panels[i].name, name) == 0)
            return true;
    }
    return false;
}

enum err sse_panels_parse(const char *text, struct sse_panel ret_panels[SSE_PANELS_MAX],
                          size_t *ret_count, struct error *error)
{
    size_t count = 0;
    const char *at = text;

    for (;;) {
        size_t size = strcspn(at, ",");
        struct sse_panel panel;

        if (size > SSE_PANEL_MAX)
            return error_set(error, ERR_LIMIT, "a panel has more than %d bytes", SSE_PANEL_MAX);
        if (!read_panel(at, size, &panel))
            return error_set(error, ERR_INVALID,
                             "'panels' must be a list of pulse, events, topology:NAME[:WINDOW] and "
                             "tasks:NAME[:COMPONENT]");
        if (!is_known(ret_panels, count, panel.name)) {
            if (count == SSE_PANELS_MAX)
                return error_set(error, ERR_LIMIT, "there are more than %d panels", SSE_PANELS_MAX);
            ret_panels[count++] = panel;
        }
        if (at[size] == '\0')
            break;
        at += size + 1;
    }
    *ret_count = count;
    return ERR_OK;
}

static void add_encoded(const char *text, size_t size, struct text *out)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < size; i++) {
        if (strchr(plain, text[i]) != NULL)
            text_add_bytes(out, text + i, 1);
        else
            text_add(out, "%%%02X", (unsigned)(unsigned char)text[i]);
    }
}

/* "topology:NAME:REST" or "topology:NAME". */
static void add_named(const struct sse_panel *panel, const char *view, const char *member,
                      struct text *out)
{
    const char *name = strchr(panel->name, ':') + 1;
    size_t size = strcspn(name, ":");

    text_add(out, "/api/v2/topologies/");
    add_encoded(name, size, out);
    text_add(out, "/%s", view);
    if (name[size] == ':') {
        text_add(out, "?%s=", member);
        add_encoded(name + size + 1, strlen(name + size + 1), out);
    }
}

void sse_panel_target(const struct sse_panel *panel, uint64_t after, struct text *out)
{
    switch (panel->kind) {
    case SSE_PULSE:
        text_add(out, "/api/v2/pulse");
        break;
    case SSE_EVENTS:
        text_add(out, "/api/v2/events?after=%" PRIu64, after);
        break;
    case SSE_FIGURES:
        add_named(panel, "figures", "window", out);
        break;
    case SSE_TASKS:
        add_named(panel, "tasks", "component", out);
        break;
    }
}

/* ---- events ---- */

/* Names come from a query: they may hold anything but a NUL. */
static void add_quoted(const char *text, struct text *out)
{
    text_add(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\' || byte < 0x20)
            text_add(out, "\\u%04x", (unsigned)byte);
        else
            text_add_bytes(out, text, 1);
    }
    text_add(out, "\"");
}

void sse_add_data(const char *panel, const struct text *object, struct text *out)
{
    const char *rest = text_data(object);

    text_add(out, "{\"panel\":");
    add_quoted(panel, out);
    if (rest[0] != '{' || rest[1] == '}')
        text_add(out, "}");
    else
        text_add(out, ",%s", rest + 1);
}

void sse_add_head(const char *event, struct sse_id id, struct text *out)
{
    text_add(out, "event: %s\nid: %" PRIu64 "-%" PRIu64 "\n", event, id.tick, id.event);
}

void sse_add_tail(const char *data, struct text *out)
{
    for (;;) {
        size_t size = strcspn(data, "\r\n");

        text_add(out, "data: ");
        text_add_bytes(out, data, size);
        text_add(out, "\n");
        if (data[size] == '\0')
            break;
        data += size + 1;
    }
    text_add(out, "\n");
}

void sse_add_comment(struct text *out)
{
    text_add(out, ": still here\n\n");
}

/* Digits alone; what is too large for a number is none. */
static const char *read_number(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        if (number > UINT64_MAX / 10 - 1)
            return "";
        number = number * 10 + (uint64_t)(*text - '0');
    }
    *ret_number = number;
    return text;
}

struct sse_id sse_id_parse(const char *text)
{
    struct sse_id id = {0};

    if (text == NULL || *text == '\0')
        return id;
    const char *rest = read_number(text, &id.tick);
    if (*rest != '-' || *read_number(rest + 1, &id.event) != '\0')
        id = (struct sse_id){0};
    return id;
}
