/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"
#include "net/key_files.h"

/* By --dir, or by the setting, or the usual one. */
static enum err find_folder(const struct options *options, char **ret_folder, struct error *error)
{
    const char *given = options_value(options, OPTION_DIR);
    const char *configuration = getenv("XDG_CONFIG_HOME"); /* NOLINT(concurrency-mt-unsafe) */
    const char *home = getenv("HOME");                     /* NOLINT(concurrency-mt-unsafe) */
    AUTO(settings_destroy) struct settings *settings = NULL;
    struct text text;

    enum err err = sources_read(options, &settings, error);
    if (err != ERR_OK)
        return err;
    const struct setting *setting = settings_find(settings, "cluster.keys");
    text_init(&text);
    if (given != NULL)
        text_add(&text, "%s", given);
    else if (setting != NULL && setting->value[0] != '\0')
        text_add(&text, "%s", setting->value);
    else if (configuration != NULL && configuration[0] == '/')
        text_add(&text, "%s/gale/keys", configuration);
    else
        text_add(&text, "%s/.config/gale/keys", home == NULL ? "." : home);
    *ret_folder = text_take(&text);
    if ((*ret_folder)[0] != '\0')
        return ERR_OK;
    mem_free_text(ret_folder);
    return error_set(error, ERR_INVALID, "--dir is empty");
}

static enum exit_code give_up(const struct options *options, const struct error *error)
{
    terminal_complain(options->command->name, error);
    if (error->code == ERR_EXISTS)
        return EXIT_CODE_CONFLICT;
    if (error->code == ERR_NOT_FOUND)
        return EXIT_CODE_NOT_FOUND;
    if (error->code == ERR_DENIED)
        return EXIT_CODE_DENIED;
    return error->code == ERR_INVALID ? EXIT_CODE_USAGE : EXIT_CODE_FAILED;
}

static enum exit_code write_out(struct text *text)
{
    bool is_written = terminal_write(text);

    text_done(text);
    return is_written ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

/* ---- make ---- */

enum exit_code command_keys_make(const struct options *options)
{
    AUTO(mem_free_text) char *folder = NULL;
    struct error error;
    struct text text;

    if (find_folder(options, &folder, &error) != ERR_OK || key_files_make(folder, &error) != ERR_OK)
        return give_up(options, &error);
    text_init(&text);
    text_add(&text,
             "The keys are in %s. Next:\n"
             "\n"
             "  nimbus and supervisors   copy the folder to their machines, without client.key,\n"
             "                           and set cluster.keys to it\n"
             "  those who use gale       copy client.key to theirs, and set cluster.client to it\n"
             "\n"
             "Who has cluster.key is the cluster. 'gale keys add NAME' makes a key for another "
             "person.\n",
             folder);
    return write_out(&text);
}

/* ---- add ---- */

enum exit_code command_keys_add(const struct options *options)
{
    AUTO(mem_free_text) char *folder = NULL;
    const char *name = options->operand;
    struct error error;
    struct text text;

    if (find_folder(options, &folder, &error) != ERR_OK ||
        key_files_add(folder, name, &error) != ERR_OK)
        return give_up(options, &error);
    text_init(&text);
    text_add(&text,
             "The key of %s is %s/%s.key: for that person, and nobody else. Copy "
             "clients/%s.pub to the folders of cluster.keys on the machines of nimbus and the "
             "supervisors; to remove it there takes the key back.\n",
             name, folder, name, name);
    return write_out(&text);
}

/* ---- show ---- */

static enum err load(const char *folder, struct keys *keys, struct key_client **clients,
                     size_t *count, struct error *error)
{
    enum err err = key_files_load_cluster(folder, keys, error);

    keys_wipe(keys);
    return err == ERR_OK ? key_files_list(keys->clients, clients, count, error) : err;
}

static json_t *describe(const char *folder, const struct keys *keys,
                        const struct key_client *clients, size_t count)
{
    json_t *list = json_array();
    char key[KEY_TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        key_write(&clients[i].key, key);
        (void)json_array_append_new(list,
                                    json_pack("{s:s,s:s}", "name", clients[i].name, "public", key));
    }
    key_write(&keys->own, key);
    return json_pack("{s:s,s:s,s:o}", "folder", folder, "cluster", key, "clients", list);
}

static void add_lines(const json_t *shown, struct text *text)
{
    size_t index;
    const json_t *client;

    text_add(text, "%-20s  %s\n", "cluster", json_string_value(json_object_get(shown, "cluster")));
    json_array_foreach(json_object_get(shown, "clients"), index, client)
        text_add(text, "%-20s  %s\n", json_string_value(json_object_get(client, "name")),
                 json_string_value(json_object_get(client, "public")));
}

enum exit_code command_keys_show(const struct options *options)
{
    AUTO(mem_free_text) char *folder = NULL;
    AUTO(mem_free_text) char *line = NULL;
    struct key_client *clients = NULL;
    struct keys keys = {.clients = ""};
    struct error error;
    struct text text;
    size_t count = 0;

    if (find_folder(options, &folder, &error) != ERR_OK ||
        load(folder, &keys, &clients, &count, &error) != ERR_OK)
        return give_up(options, &error);
    json_t *shown = describe(folder, &keys, clients, count);
    free(clients);
    text_init(&text);
    if (options_has(options, OPTION_JSON)) {
        line = json_dumps(shown, JSON_COMPACT);
        text_add(&text, "%s\n", line);
    } else
        add_lines(shown, &text);
    json_decref(shown);
    return write_out(&text);
}
