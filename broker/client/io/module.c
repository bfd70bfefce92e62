/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/io/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define FILE_NAME "gale-log.so"

/* What the first call found; others wait for it. */
static struct {
    pthread_mutex_t mutex;
    const struct log_module *module;
} loaded = {/* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */
            .mutex = PTHREAD_MUTEX_INITIALIZER};

static enum err check(const char *path, const struct log_module *module, struct error *error)
{
    if (module == NULL)
        return error_set(error, ERR_INVALID, "'%s' exports no " LOG_MODULE_SYMBOL, path);
    if (module->abi != LOG_MODULE_ABI)
        return error_set(error, ERR_VERSION,
                         "'%s' belongs to another version of Gale than this one, " GALE_VERSION,
                         path);
    if (strcmp(module->version, GALE_VERSION) != 0)
        return error_set(error, ERR_VERSION,
                         "'%s' belongs to Gale %s, and this is Gale " GALE_VERSION, path,
                         module->version);
    return ERR_OK;
}

enum err module_load(const char *path, const struct log_module **ret_module, struct error *error)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL)
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): dlerror() is of this thread, in glibc */
        return error_set(error, ERR_INVALID, "cannot load '%s': %s", path, dlerror());
    const struct log_module *module = dlsym(handle, LOG_MODULE_SYMBOL);
    enum err err = check(path, module, error);
    if (err == ERR_OK)
        *ret_module = module;
    return err;
}

/* The folder of this program, with a '/' at its end. */
static bool find_folder(char *ret_folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", ret_folder, size - 1);

    if (length <= 0)
        return false;
    ret_folder[length] = '\0';
    char *slash = strrchr(ret_folder, '/');
    if (slash == NULL)
        return false;
    slash[1] = '\0';
    return true;
}

static enum err find_and_load(const struct log_module **ret_module, struct error *error)
{
    static const char *const places[] = {"", MODULE_FROM_BIN "/"};
    char folder[PATH_MAX];

    if (!find_folder(folder, sizeof folder))
        return error_set(error, ERR_IO, "cannot find this program's own folder: %s",
                         strerror(errno));
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct text path;
        text_init(&path);
        text_add(&path, "%s%s" FILE_NAME, folder, places[i]);
        bool is_there = access(text_data(&path), F_OK) == 0;
        enum err err = is_there ? module_load(text_data(&path), ret_module, error) : ERR_NOT_FOUND;
        text_done(&path);
        if (is_there)
            return err;
    }
    return error_set(error, ERR_NOT_FOUND,
                     "the log needs " FILE_NAME ", which is in neither '%s' nor '%s" MODULE_FROM_BIN
                     "': install the package gale-log, or build Gale with librdkafka-dev",
                     folder, folder);
}

enum err module_get(const struct log_module **ret_module, struct error *error)
{
    enum err err = ERR_OK;

    (void)pthread_mutex_lock(&loaded.mutex);
    if (loaded.module == NULL)
        err = find_and_load(&loaded.module, error);
    if (err == ERR_OK)
        *ret_module = loaded.module;
    (void)pthread_mutex_unlock(&loaded.mutex);
    return err;
}
