/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `gale group`: groups of consumers of the log.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/log_link.h"
#include "cli/io/terminal.h"
#include "cli/log_place.h"
#include "cli/views/group_view.h"

/* ---- list, describe ---- */

static enum exit_code list(struct log_link *link)
{
    struct error error;
    json_t *answer;

    enum exit_code code = log_link_open(link);
    if (code != EXIT_CODE_DONE)
        return code;
    enum err err = link->table->list_groups(link->console, &answer, &error);
    code = log_link_judge(link, err, &error);
    return code == EXIT_CODE_DONE ? log_link_show(link, answer, group_view_list) : code;
}

enum exit_code command_group_list(const struct options *options)
{
    return log_link_with(options, list);
}

static void add_total(json_t *answer)
{
    uint64_t lag = 0;

    for (size_t i = 0; i < answer_size(answer, "offsets"); i++)
        lag += answer_count(answer_item(answer, "offsets", i), "lag");
    json_object_set_new(answer, "lag", json_integer((json_int_t)lag));
}

static enum exit_code describe(struct log_link *link)
{
    struct error error;
    json_t *answer;

    enum exit_code code = log_link_open(link);
    if (code != EXIT_CODE_DONE)
        return code;
    enum err err =
        link->table->describe_group(link->console, link->options->operand, &answer, &error);
    code = log_link_judge(link, err, &error);
    if (code != EXIT_CODE_DONE)
        return code;
    add_total(answer);
    return log_link_show(link, answer, group_view_group);
}

enum exit_code command_group_describe(const struct options *options)
{
    return log_link_with(options, describe);
}

/* ---- reset ---- */

/* The offset that is committed for a partition; null if there is none. */
static json_t *committed_of(const json_t *group, const char *topic, json_int_t partition)
{
    for (size_t i = 0; i < answer_size(group, "offsets"); i++) {
        const json_t *offset = answer_item(group, "offsets", i);

        if (json_integer_value(json_object_get(offset, "partition")) == partition &&
            strcmp(answer_text(offset, "topic"), topic) == 0)
            return json_incref(json_object_get(offset, "committed"));
    }
    return json_null();
}

/* What changes, of all partitions or of one. */
static json_t *compare(const json_t *group, const json_t *places, const char *topic,
                       int64_t partition)
{
    json_t *list = json_array();

    for (size_t i = 0; i < answer_size(places, "partitions"); i++) {
        const json_t *place = answer_item(places, "partitions", i);
        json_int_t id = json_integer_value(json_object_get(place, "partition"));

        if (partition == -1 || partition == id)
            json_array_append_new(list, json_pack("{s:I, s:o, s:O}", "partition", id, "before",
                                                  committed_of(group, topic, id), "after",
                                                  json_object_get(place, "offset")));
    }
    return list;
}

/* A group that nobody knows yet may get offsets, so that its consumers begin there. */
static enum exit_code look_at_group(struct log_link *link, json_t **ret_group)
{
    const char *name = link->options->operand;
    struct error error;

    enum err err = link->table->describe_group(link->console, name, ret_group, &error);
    if (err == ERR_NOT_FOUND) {
        *ret_group = json_object();
        return EXIT_CODE_DONE;
    }
    enum exit_code code = log_link_judge(link, err, &error);
    if (code != EXIT_CODE_DONE || answer_size(*ret_group, "members") == 0)
        return code;
    size_t members = answer_size(*ret_group, "members");
    json_decref(*ret_group);
    return log_link_complain(link, EXIT_CODE_CONFLICT,
                             "group '%s' has %zu member%s, whose offsets are their own; stop them "
                             "first ('gale group describe %s' lists them)",
                             name, members, members == 1 ? "" : "s", name);
}

static enum exit_code look(struct log_link *link, struct console_place place, int64_t partition,
                           json_t **ret_changes)
{
    const char *topic = options_value(link->options, OPTION_TOPIC);
    struct error error;
    json_t *group;
    json_t *places;

    enum exit_code code = look_at_group(link, &group);
    if (code != EXIT_CODE_DONE)
        return code;
    enum err err = link->table->find_places(link->console, topic, place, &places, &error);
    code = log_link_judge(link, err, &error);
    if (code == EXIT_CODE_DONE) {
        *ret_changes = compare(group, places, topic, partition);
        json_decref(places);
        if (json_array_size(*ret_changes) == 0) {
            json_decref(*ret_changes);
            code = log_link_complain(link, EXIT_CODE_NOT_FOUND,
                                     "topic '%s' has no partition %" PRId64, topic, partition);
        }
    }
    json_decref(group);
    return code;
}

/* Whoever is asked sees first what will change. */
static enum exit_code ask(const struct log_link *link, const json_t *answer)
{
    struct text text;

    if (!options_has(link->options, OPTION_YES) && terminal_is_tty(stdin)) {
        text_init(&text);
        group_view_reset(answer, &text);
        terminal_say(&text);
        text_done(&text);
    }
    return log_link_ask_first(link, "set these offsets?");
}

/* As alter_offsets() takes them. */
static json_t *to_partitions(const json_t *changes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *change = json_array_get(changes, i);

        json_array_append_new(list, json_pack("{s:O, s:O}", "partition",
                                              json_object_get(change, "partition"), "offset",
                                              json_object_get(change, "after")));
    }
    return list;
}

static enum exit_code set_offsets(struct log_link *link, const json_t *changes)
{
    json_t *partitions = to_partitions(changes);
    struct error error;

    enum err err =
        link->table->alter_offsets(link->console, link->options->operand,
                                   options_value(link->options, OPTION_TOPIC), partitions, &error);
    json_decref(partitions);
    return log_link_judge(link, err, &error);
}

static enum exit_code reset_to(struct log_link *link, struct console_place place, int64_t partition)
{
    json_t *changes;

    enum exit_code code = log_link_open(link);
    if (code == EXIT_CODE_DONE)
        code = look(link, place, partition, &changes);
    if (code != EXIT_CODE_DONE)
        return code;
    json_t *answer = json_pack("{s:s, s:s, s:o}", "group", link->options->operand, "topic",
                               options_value(link->options, OPTION_TOPIC), "partitions", changes);
    code = ask(link, answer);
    if (code == EXIT_CODE_DONE)
        code = set_offsets(link, changes);
    if (code == EXIT_CODE_DONE)
        return log_link_show(link, answer, group_view_reset);
    json_decref(answer);
    return code;
}

static enum exit_code reset(struct log_link *link)
{
    const char *to = options_value(link->options, OPTION_TO);
    struct console_place place;
    int64_t partition = -1;

    enum exit_code code = log_link_need(link, OPTION_TOPIC);
    if (code == EXIT_CODE_DONE)
        code = log_link_need(link, OPTION_TO);
    if (code == EXIT_CODE_DONE)
        code = log_link_read_number(link, OPTION_PARTITION, 0, INT32_MAX, &partition);
    if (code != EXIT_CODE_DONE)
        return code;
    if (!log_place_any(to, &place))
        return log_link_complain(link, EXIT_CODE_USAGE,
                                 "--to is '%s', but must be earliest, latest, an offset, -N for "
                                 "the last N records, or a time as 2026-11-22T06:00:00Z",
                                 to);
    return reset_to(link, place, partition);
}

enum exit_code command_group_reset(const struct options *options)
{
    return log_link_with(options, reset);
}

/* ---- delete ---- */

static enum exit_code erase(struct log_link *link)
{
    return log_link_delete(link, "group", "its offsets", link->table->delete_group);
}

enum exit_code command_group_delete(const struct options *options)
{
    return log_link_with(options, erase);
}
