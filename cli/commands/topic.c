/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `gale topic`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/log_link.h"
#include "cli/views/topic_view.h"

enum {
    PARTITIONS_MAX = 100000,
};

/* ---- configs ---- */

struct configs {
    struct console_config items[OPTIONS_GIVEN_MAX];
    char *keys[OPTIONS_GIVEN_MAX]; /* what the items point to; NULL: nothing of ours */
    size_t count;
};

static void free_configs(struct configs *configs)
{
    for (size_t i = 0; i < configs->count; i++)
        free(configs->keys[i]);
}

static enum exit_code add_config(const struct log_link *link, const char *word,
                                 struct configs *configs)
{
    const char *equals = strchr(word, '=');

    if (equals == NULL || equals == word)
        return log_link_complain(link, EXIT_CODE_USAGE,
                                 "--config is '%s', but must be KEY=VALUE of the topic; a file of "
                                 "settings is named by GALE_CONFIG here",
                                 word);
    char *key = mem_copy_text(word);
    key[equals - word] = '\0';
    configs->keys[configs->count] = key;
    configs->items[configs->count++] = (struct console_config){.key = key, .value = equals + 1};
    return EXIT_CODE_DONE;
}

/* --config and --unset in the order of the command line. */
static enum exit_code read_configs(const struct log_link *link, struct configs *configs)
{
    enum exit_code code = EXIT_CODE_DONE;

    configs->count = 0;
    for (size_t i = 0; code == EXIT_CODE_DONE && i < link->options->given_count; i++) {
        const struct option_given *given = &link->options->given[i];

        if (given->id == OPTION_TOPIC_CONFIG) {
            code = add_config(link, given->value, configs);
        } else if (given->id == OPTION_UNSET) {
            configs->keys[configs->count] = NULL;
            configs->items[configs->count++] = (struct console_config){.key = given->value};
        }
    }
    return code;
}

/* ---- create ---- */

static void render_created(const json_t *answer, struct text *text)
{
    text_add(text, "created %s\n", answer_text(answer, "name"));
}

static enum exit_code send_create(struct log_link *link, int32_t partitions,
                                  const struct configs *configs)
{
    const char *name = link->options->operand;
    struct error error;

    enum exit_code code = log_link_open(link);
    if (code != EXIT_CODE_DONE)
        return code;
    enum err err = link->table->create_topic(link->console, name, partitions, configs->items,
                                             configs->count, &error);
    code = log_link_judge(link, err, &error);
    if (code != EXIT_CODE_DONE)
        return code;
    return log_link_show(link, json_pack("{s:s, s:b}", "name", name, "created", true),
                         render_created);
}

static enum exit_code create(struct log_link *link)
{
    struct configs configs;
    int64_t partitions = -1;

    enum exit_code code =
        log_link_read_number(link, OPTION_PARTITIONS, 1, PARTITIONS_MAX, &partitions);
    if (code != EXIT_CODE_DONE)
        return code;
    code = read_configs(link, &configs);
    if (code == EXIT_CODE_DONE)
        code = send_create(link, (int32_t)partitions, &configs);
    free_configs(&configs);
    return code;
}

enum exit_code command_topic_create(const struct options *options)
{
    return log_link_with(options, create);
}

/* ---- list ---- */

static enum exit_code list(struct log_link *link)
{
    struct error error;
    json_t *answer;

    enum exit_code code = log_link_open(link);
    if (code != EXIT_CODE_DONE)
        return code;
    enum err err = link->table->list_topics(link->console, &answer, &error);
    code = log_link_judge(link, err, &error);
    return code == EXIT_CODE_DONE ? log_link_show(link, answer, topic_view_list) : code;
}

enum exit_code command_topic_list(const struct options *options)
{
    return log_link_with(options, list);
}

/* ---- describe ---- */

static enum err describe_one(struct log_link *link, const char *name, json_t *topics,
                             struct error *error)
{
    json_t *topic;

    enum err err = link->table->describe_topic(link->console, name, &topic, error);
    if (err == ERR_OK)
        json_array_append_new(topics, topic);
    return err;
}

/* One that somebody deletes meanwhile is left out. */
static enum err describe_all(struct log_link *link, json_t *topics, struct error *error)
{
    json_t *list;

    enum err err = link->table->list_topics(link->console, &list, error);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; err == ERR_OK && i < answer_size(list, "topics"); i++) {
        const json_t *topic = answer_item(list, "topics", i);

        if (!answer_flag(topic, "internal"))
            err = describe_one(link, answer_text(topic, "name"), topics, error);
        if (err == ERR_NOT_FOUND)
            err = ERR_OK;
    }
    json_decref(list);
    return err;
}

static enum exit_code describe(struct log_link *link)
{
    const char *name = link->options->operand;
    json_t *topics = json_array();
    struct error error;

    enum exit_code code = log_link_open(link);
    if (code == EXIT_CODE_DONE) {
        enum err err = name == NULL ? describe_all(link, topics, &error)
                                    : describe_one(link, name, topics, &error);
        code = log_link_judge(link, err, &error);
    }
    if (code == EXIT_CODE_DONE)
        return log_link_show(link, json_pack("{s:o}", "topics", topics), topic_view_topics);
    json_decref(topics);
    return code;
}

enum exit_code command_topic_describe(const struct options *options)
{
    return log_link_with(options, describe);
}

/* ---- delete ---- */

static enum exit_code erase(struct log_link *link)
{
    return log_link_delete(link, "topic", "all its records", link->table->delete_topic);
}

enum exit_code command_topic_delete(const struct options *options)
{
    return log_link_with(options, erase);
}

/* ---- alter ---- */

static void render_altered(const json_t *answer, struct text *text)
{
    text_add(text, "altered %s\n", answer_text(answer, "name"));
}

static enum exit_code send_alter(struct log_link *link, int32_t partitions,
                                 const struct configs *configs)
{
    const char *name = link->options->operand;
    struct error error;
    enum err err = ERR_OK;

    enum exit_code code = log_link_open(link);
    if (code != EXIT_CODE_DONE)
        return code;
    /* The configs first: if they are wrong, nothing was done; partitions cannot be taken back. */
    if (configs->count > 0)
        err =
            link->table->alter_configs(link->console, name, configs->items, configs->count, &error);
    if (err == ERR_OK && partitions > 0)
        err = link->table->add_partitions(link->console, name, partitions, &error);
    code = log_link_judge(link, err, &error);
    if (code != EXIT_CODE_DONE)
        return code;
    return log_link_show(link, json_pack("{s:s, s:b}", "name", name, "altered", true),
                         render_altered);
}

static enum exit_code alter(struct log_link *link)
{
    struct configs configs;
    int64_t partitions = 0;

    enum exit_code code =
        log_link_read_number(link, OPTION_PARTITIONS, 1, PARTITIONS_MAX, &partitions);
    if (code != EXIT_CODE_DONE)
        return code;
    code = read_configs(link, &configs);
    if (code == EXIT_CODE_DONE && configs.count == 0 && partitions == 0)
        code = log_link_complain(link, EXIT_CODE_USAGE,
                                 "nothing to do: give --partitions, --config or --unset");
    if (code == EXIT_CODE_DONE)
        code = send_alter(link, (int32_t)partitions, &configs);
    free_configs(&configs);
    return code;
}

enum exit_code command_topic_alter(const struct options *options)
{
    return log_link_with(options, alter);
}
