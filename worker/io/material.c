/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/material.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

static char *path_of(const char *folder, const char *hash)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s/%s", folder, hash);
    return text_take(&text);
}

static enum err load_plan(const char *path, struct plan **ret_plan, struct error *error)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size = 0;
    enum err err = file_read(path, PLAN_JSON_BYTES_MAX, &bytes, &size, error);

    if (err == ERR_OK)
        err = plan_decode(bytes, size, &plan, error);
    if (err == ERR_OK)
        err = plan_check(plan, error);
    if (err == ERR_OK)
        *ret_plan = TAKE(plan);
    return err;
}

/* A plan has the name that its code has; what runs goes by the one under which it was submitted. */
static void rename_plan(struct plan *plan, const char *name)
{
    free(plan->name);
    plan->name = mem_copy_text(name);
}

static enum err load_plans(const struct topology_state *topology, const char *path,
                           struct material *material, struct error *error)
{
    enum err err = load_plan(path, &material->plan, error);

    if (err == ERR_OK)
        err = load_plan(path, &material->roster_plan, error);
    if (err != ERR_OK)
        return err;
    rename_plan(material->plan, topology->name);
    rename_plan(material->roster_plan, topology->name);
    return ERR_OK;
}

static enum err read_settings(const struct topology_state *topology, struct settings **ret_settings,
                              struct error *error)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    enum err err = ERR_OK;

    for (size_t i = 0; i < topology->setting_count && err == ERR_OK; i++)
        err = settings_put(settings, topology->settings[i].key, topology->settings[i].value,
                           "submitted", error);
    if (err == ERR_OK)
        *ret_settings = TAKE(settings);
    return err;
}

static enum err configure(const struct topology_state *topology, struct material *material,
                          struct error *error)
{
    AUTO(settings_destroy) struct settings *settings = NULL;
    AUTO(config_destroy) struct config *again = NULL;
    enum err err = read_settings(topology, &settings, error);

    if (err == ERR_OK)
        err = config_make(material->plan, settings, &material->config, error);
    if (err == ERR_OK)
        err = config_make(material->roster_plan, settings, &again, error);
    return err;
}

/* The record may change while the code runs. */
static void copy_args(const struct topology_state *topology, struct material *material)
{
    material->args = NEW_ARRAY(char *, topology->arg_count);
    for (; material->arg_count < topology->arg_count; material->arg_count++)
        material->args[material->arg_count] = mem_copy_text(topology->args[material->arg_count]);
}

enum err material_load(const struct topology_state *topology, const char *blobs,
                       struct material *ret_material, struct error *error)
{
    AUTO(mem_free_text) char *plan = path_of(blobs, topology->plan_hash);
    AUTO(mem_free_text) char *code = path_of(blobs, topology->so_hash);
    struct material material = {.loader = NULL};
    enum err err = load_plans(topology, plan, &material, error);

    if (err == ERR_OK)
        err = configure(topology, &material, error);
    if (err == ERR_OK)
        err = loader_open(code, &material.loader, error);
    copy_args(topology, &material);
    if (err == ERR_OK)
        *ret_material = material;
    else
        material_done(&material);
    return err;
}

void material_done(struct material *material)
{
    for (size_t i = 0; i < material->arg_count; i++)
        free(material->args[i]);
    free(material->args);
    config_destroy(&material->config);
    plan_destroy(&material->plan);
    plan_destroy(&material->roster_plan);
    loader_close(&material->loader);
}
