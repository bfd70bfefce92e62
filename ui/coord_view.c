/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/coord_view.h"

#include "base/base64.h"

static json_t *view_stat(const struct message_stat *stat)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:I, s:i}", "czxid",
                     (json_int_t)stat->czxid, "mzxid", (json_int_t)stat->mzxid, "pzxid",
                     (json_int_t)stat->pzxid, "ctime_ms", (json_int_t)stat->ctime_ms, "mtime_ms",
                     (json_int_t)stat->mtime_ms, "version", stat->version, "cversion",
                     stat->cversion, "aversion", stat->aversion, "ephemeral_owner",
                     (json_int_t)stat->ephemeral_owner, "children", stat->children);
}

static json_t *view_data(const struct coord_event *data)
{
    size_t size = data->size < COORD_VIEW_DATA_MAX ? data->size : COORD_VIEW_DATA_MAX;
    struct text text;

    text_init(&text);
    base64_add(&text, data->data, size);
    json_t *json = json_string(text_data(&text));
    text_done(&text);
    return json;
}

/* The server has sorted them. A name that is no UTF-8 is left out: nobody could ask for it. */
static json_t *view_children(const struct coord_event *children)
{
    json_t *names = json_array();

    for (size_t i = 0; i < children->child_count && i < COORD_VIEW_CHILDREN_MAX; i++)
        (void)json_array_append_new(names, json_string(children->children[i]));
    return names;
}

json_t *coord_view(const char *path, const struct coord_event *data,
                   const struct coord_event *children)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:I}", "path", path, "size", (json_int_t)data->size,
                     "data", view_data(data), "stat", view_stat(&data->stat), "children",
                     view_children(children), "children_total", (json_int_t)children->child_count);
}
