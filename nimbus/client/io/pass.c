/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/client/io/pass.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/key_files.h"

#define CLIENT_KEY "cluster.client"
#define FOLDER_KEY "cluster.keys"

/* NULL if it is not set, or empty. */
static const char *find(const struct settings *settings, const char *key)
{
    const struct setting *setting = settings_find(settings, key);

    return setting == NULL || setting->value[0] == '\0' ? NULL : setting->value;
}

bool pass_is_setting(const char *key)
{
    return strcmp(key, CLIENT_KEY) == 0 || strcmp(key, FOLDER_KEY) == 0;
}

enum err pass_load(const struct settings *settings, struct pass *ret_pass, struct error *error)
{
    const char *file = find(settings, CLIENT_KEY);
    const char *folder = find(settings, FOLDER_KEY);
    struct pass pass = {.has_keys = file != NULL || folder != NULL};
    AUTO(mem_free_text) char *path = NULL;
    enum err err = ERR_OK;

    if (file == NULL && folder != NULL) {
        struct text text;
        text_init(&text);
        text_add(&text, "%s/" KEY_FILES_CLIENT ".key", folder);
        path = text_take(&text);
        file = path;
    }
    if (file != NULL)
        err = key_files_load_client(file, &pass.keys, error);
    if (err == ERR_OK)
        *ret_pass = pass;
    else
        (void)error_wrap(error, "no key to show, as %s wants",
                         path == NULL ? CLIENT_KEY : FOLDER_KEY);
    return err;
}

const struct keys *pass_keys(const struct pass *pass)
{
    return pass->has_keys ? &pass->keys : NULL;
}
