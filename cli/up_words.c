/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/up_plan.h"
#include "wire/broker_schema.h"
#include "wire/cluster.h"
#include "wire/config.h"
#include "wire/coord_schema.h"

/* What it decides itself; of a file they are passed over, for the file may be that of a cluster. */
static const char *const own_keys[] = {
    "broker.advertised", "broker.data",   "broker.id",         "broker.listen",
    "coord.data",        "coord.listen",  "coord.servers",     "nimbus.data",
    "nimbus.listen",     "nimbus.host",   "nimbus.id",         "supervisor.data",
    "supervisor.host",   "supervisor.id", "supervisor.listen", "ui.listen",
};

static bool is_own(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(own_keys); i++) {
        if (strcmp(own_keys[i], key) == 0)
            return true;
    }
    return false;
}

/* Whose settings they are that a program is told. */
enum whose {
    OF_COORD, /* of gale-coord itself, and not of its clients */
    OF_BROKER, /* of gale-broker, and those of topologies, some of which it knows as a client of coord */
    OF_OTHERS,
};

static bool is_in(const struct setting_spec *(*specs)(size_t *ret_count), const char *key)
{
    struct setting_table table;

    table.specs = specs(&table.count);
    return setting_table_find(&table, key) != NULL;
}

static bool is_for(enum whose whose, const char *key)
{
    bool is_of_coord = is_in(coord_schema_specs, key);
    bool is_of_broker = is_in(broker_schema_specs, key);

    switch (whose) {
    case OF_COORD:
        return is_of_coord;
    case OF_BROKER:
        return is_of_broker || is_in(config_specs, key);
    case OF_OTHERS:
        return !is_of_coord && !is_of_broker;
    }
    UNREACHABLE();
}

enum err up_words_check(const struct settings *settings, struct error *error)
{
    struct cluster cluster;

    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);

        if (is_own(setting->key) && strcmp(setting->origin, "-c") == 0)
            return error_set(error, ERR_INVALID,
                             "'%s' is what 'gale up' decides itself; start the daemons by hand for "
                             "a cluster of another shape",
                             setting->key);
    }
    return cluster_make(settings, &cluster, error);
}

/* ---- words ---- */

struct words {
    char **items;
    size_t count;
};

static void add(struct words *words, const char *word)
{
    words->items = mem_resize(words->items, words->count + 2, sizeof *words->items);
    words->items[words->count++] = mem_copy_text(word);
    words->items[words->count] = NULL;
}

static void set(struct words *words, const char *key, const char *format, ...) PRINTF_LIKE(3, 4);

static void set(struct words *words, const char *key, const char *format, ...)
{
    struct text text;
    char value[4096];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    text_init(&text);
    text_add(&text, "%s=%s", key, value);
    add(words, "-c");
    add(words, text_data(&text));
    text_done(&text);
}

/* A value may be longer than what set() takes. */
static void add_given(struct words *words, const struct settings *settings, enum whose whose)
{
    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);
        struct text text;

        if (is_own(setting->key) || !is_for(whose, setting->key))
            continue;
        text_init(&text);
        text_add(&text, "%s=%s", setting->key, setting->value);
        add(words, "-c");
        add(words, text_data(&text));
        text_done(&text);
    }
}

/* The one nimbus there is waits, when it was started again, until its earlier session is over. On one
 * machine no network is slow, so sessions may be short; a setting that was given beats these. */
#define TICK_MS           "500" /* of gale-coord, which allows sessions of two at least */
#define NIMBUS_SESSION_MS "3000"

static void add_coord(struct words *words, const struct up_words_options *options)
{
    set(words, "coord.tick_ms", "%s", TICK_MS);
    add_given(words, options->settings, OF_COORD);
    set(words, "coord.data", "%s/coord", options->folder);
    set(words, "coord.listen", "127.0.0.1:%" PRIu16, options->coord_port);
}

/* Topologies that are told no other log use this one. */
static void add_log(struct words *words, const struct up_words_options *options)
{
    if (options->broker_port != 0 && settings_find(options->settings, "log.brokers") == NULL)
        set(words, "log.brokers", "127.0.0.1:%" PRIu16, options->broker_port);
}

static void add_nimbus(struct words *words, const struct up_words_options *options)
{
    add_log(words, options);
    set(words, "coord.session_timeout_ms", "%s", NIMBUS_SESSION_MS);
    add_given(words, options->settings, OF_OTHERS);
    set(words, "coord.servers", "127.0.0.1:%" PRIu16, options->coord_port);
    set(words, "nimbus.data", "%s/nimbus", options->folder);
    set(words, "nimbus.id", "nimbus");
    set(words, "nimbus.listen", "127.0.0.1:%" PRIu16, options->nimbus_port);
}

static void add_broker(struct words *words, const struct up_words_options *options)
{
    add_given(words, options->settings, OF_BROKER);
    set(words, "coord.servers", "127.0.0.1:%" PRIu16, options->coord_port);
    set(words, "broker.data", "%s/log", options->folder);
    set(words, "broker.listen", "127.0.0.1:%" PRIu16, options->broker_port);
}

static void add_ui(struct words *words, const struct up_words_options *options)
{
    add_log(words, options);
    add_given(words, options->settings, OF_OTHERS);
    set(words, "coord.servers", "127.0.0.1:%" PRIu16, options->coord_port);
    set(words, "ui.listen", "127.0.0.1:%" PRIu16, options->ui_port);
}

static void add_supervisor(struct words *words, const struct up_words_options *options,
                           size_t number)
{
    add(words, "--stop-workers");
    if (options->worker_user != NULL)
        set(words, "supervisor.worker.user", "%s", options->worker_user);
    add_given(words, options->settings, OF_OTHERS);
    if (options->slots != NULL)
        set(words, "supervisor.slots", "%s", options->slots);
    set(words, "coord.servers", "127.0.0.1:%" PRIu16, options->coord_port);
    set(words, "supervisor.data", "%s/supervisor-%zu", options->folder, number);
    set(words, "supervisor.id", "supervisor-%zu", number);
    set(words, "supervisor.host", "127.0.0.1");
    set(words, "supervisor.listen", "127.0.0.1:0");
}

char **up_words_make(const struct up_words_options *options, size_t child)
{
    struct words words = {.items = NULL};

    add(&words, up_plan_program(child));
    if (child == UP_COORD)
        add_coord(&words, options);
    else if (child == UP_NIMBUS)
        add_nimbus(&words, options);
    else if (child == UP_BROKER)
        add_broker(&words, options);
    else if (child == UP_UI)
        add_ui(&words, options);
    else
        add_supervisor(&words, options, child - UP_SUPERVISOR + 1);
    return words.items;
}

void up_words_free(char **words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        free(words[i]);
    free(words);
}
