/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/coord_node.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/api/asking.h"
#include "ui/api/base64_read.h"
#include "ui/http/utf8.h"

enum {
    SESSION_MAX = 24, /* bytes of "0x" and a number */
};

/* The data's bytes; empty if there are none. */
static bool read_data(const json_t *node, struct text *bytes)
{
    const char *data = json_string_value(json_object_get(node, "data"));

    return data != NULL && base64_read(data, bytes);
}

json_t *coord_node_record(const json_t *node)
{
    struct text bytes = {.data = NULL};
    json_t *record = NULL;

    if (read_data(node, &bytes) && text_size(&bytes) > 0)
        record = json_loadb(text_data(&bytes), text_size(&bytes), JSON_DECODE_ANY, NULL);
    text_done(&bytes);
    return record;
}

/* Zero bytes are allowed in UTF-8, but no text has them. */
static json_t *show_text(const struct text *bytes)
{
    const char *data = text_data(bytes);
    size_t size = text_size(bytes);

    if (memchr(data, '\0', size) != NULL || !utf8_is_valid(data, size))
        return json_null();
    return json_stringn(data, size);
}

/* Sessions are 64 bits, of which a reader in a browser would lose some. */
static json_t *show_owner(json_t *owner)
{
    char text[SESSION_MAX];

    if (json_is_string(owner))
        return json_incref(owner);
    if (json_integer_value(owner) == 0)
        return json_null();
    (void)snprintf(text, sizeof text, "0x%" PRIx64, (uint64_t)json_integer_value(owner));
    return json_string(text);
}

json_t *coord_node_show(const json_t *node)
{
    json_t *shown = json_copy((json_t *)node);
    json_t *stat = json_copy(json_object_get(node, "stat"));
    json_t *record = coord_node_record(node);
    struct text bytes = {.data = NULL};
    bool is_read = read_data(node, &bytes);

    if (stat != NULL) {
        asking_put(stat, "ephemeral_owner", show_owner(json_object_get(stat, "ephemeral_owner")));
        asking_put(shown, "stat", stat);
    }
    asking_put(shown, "text", is_read ? show_text(&bytes) : json_null());
    asking_put(shown, "json", json_boolean(record != NULL));
    json_decref(record);
    text_done(&bytes);
    return shown;
}
