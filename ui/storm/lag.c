/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/lag.h"

#include <stdio.h>
#include <string.h>

#include "ui/read.h"
#include "ui/storm/shape.h"

/* The value of "<component>.<key>"; NULL if the component has no such setting. */
static const char *find_setting(const json_t *status, const char *component, const char *key)
{
    struct text name = {.data = NULL};

    text_add(&name, "%s.%s", component, key);
    const json_t *setting =
        read_find(read_list(status, "settings_effective"), "key", text_data(&name));
    text_done(&name);
    return setting == NULL ? NULL : read_text(setting, "value");
}

bool storm_lag_group(const json_t *status, const char *component, struct text *group)
{
    const char *topics = find_setting(status, component, "topics");
    const char *named = find_setting(status, component, "group");

    if (topics == NULL || named == NULL)
        return false;
    if (named[0] != '\0')
        text_add(group, "%s", named);
    else
        text_add(group, "%s.%s", read_text(status, "name"), component);
    return true;
}

/* Whether the list "a,b" has the word. */
static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, ",");
        while (length > 0 && *at == ' ') {
            at++;
            length--;
        }
        if (length == size && memcmp(at, word, size) == 0)
            return true;
        at += length;
        at += *at == ',';
    }
    return false;
}

static json_t *show_partition(const json_t *offset)
{
    json_int_t committed = read_has(offset, "committed")
                               ? (json_int_t)read_count(offset, "committed")
                               : (json_int_t)-1;

    return shape_new("{s:I, s:I, s:I}", "consumerCommittedOffset", committed, "logHeadOffset",
                     (json_int_t)read_count(offset, "end"), "lag",
                     (json_int_t)read_count(offset, "lag"));
}

static json_t *show_topics(const json_t *offsets, const char *topics)
{
    json_t *all = json_object();
    size_t index;
    json_t *offset;

    json_array_foreach(read_list(offsets, "offsets"), index, offset)
    {
        const char *topic = read_text(offset, "topic");
        char partition[24];
        if (!has_word(topics, topic))
            continue;
        if (json_object_get(all, topic) == NULL)
            (void)json_object_set_new(all, topic, json_object());
        (void)snprintf(partition, sizeof partition, "%llu",
                       (unsigned long long)read_count(offset, "partition"));
        (void)json_object_set_new(json_object_get(all, topic), partition, show_partition(offset));
    }
    return all;
}

json_t *storm_lag_spout(const json_t *status, const char *component, const json_t *offsets,
                        const char *why_not)
{
    const char *topics = find_setting(status, component, "topics");

    json_t *shown = shape_new("{s:s, s:s}", "spoutId", component, "spoutType", "KAFKA");
    if (offsets == NULL) {
        json_t *why = json_string(why_not);
        shape_add(shown,
                  shape_new("{s:o}", "errorInfo", why != NULL ? why : json_string("not known")));
        return shown;
    }
    shape_add(shown, shape_new("{s:o}", "spoutLagResult",
                               show_topics(offsets, topics == NULL ? "" : topics)));
    return shown;
}
