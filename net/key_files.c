/* SPDX-License-Identifier: Apache-2.0 */
#include "net/key_files.h"

#include <ctype.h>
#include <czmq.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"

#define CLUSTER_FILE    "cluster.key"
#define CLIENTS_FOLDER  "clients"
#define META_CLUSTER    "cluster" /* in a client's file: the cluster's public key */
#define META_NAME       "name"
#define PUBLIC_SUFFIX   ".pub"
#define FILE_BYTES_MAX  65536
#define READ_BY_OTHERS  (S_IRWXG | S_IRWXO)
#define WRITE_BY_OTHERS (S_IWGRP | S_IWOTH)

enum saving {
    SAVE_SECRET,
    SAVE_PUBLIC,
};

bool key_files_name_is_good(const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t size = strlen(name);

    return size > 0 && size < KEY_FILES_NAME_MAX && name[0] != '-' &&
           name[strspn(name, good)] == '\0' && strcmp(name, META_CLUSTER) != 0;
}

static enum err system_error(const char *what, const char *path, struct error *error)
{
    enum err err = errno == ENOENT ? ERR_NOT_FOUND : errno == EEXIST ? ERR_EXISTS : ERR_IO;

    if (errno == EACCES || errno == EPERM)
        err = ERR_DENIED;
    return error_set(error, err, "cannot %s '%s': %s", what, path, strerror(errno));
}

static char *join(const char *folder, const char *name, const char *suffix)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s/%s%s", folder, name, suffix);
    return text_take(&text);
}

/* ---- reading ---- */

static enum err check_file(const char *path, mode_t forbidden, struct error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return system_error("read the key", path, error);
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_BYTES_MAX)
        return error_set(error, ERR_CORRUPT, "'%s' is no file of a key", path);
    if ((status.st_mode & forbidden) == 0)
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "the key '%s' is not used, because others can get at it: chmod 600, and if "
                     "somebody may have read it, make new ones",
                     path);
}

static enum err check_folder(const char *path, struct error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return system_error("read the keys in", path, error);
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ERR_INVALID, "'%s' is no folder of keys", path);
    if ((status.st_mode & WRITE_BY_OTHERS) == 0)
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "the keys in '%s' are not used, because others may change the folder: chmod "
                     "700",
                     path);
}

static enum err load(const char *path, mode_t forbidden, zcert_t **ret_cert, struct error *error)
{
    enum err err = check_file(path, forbidden, error);

    if (err != ERR_OK)
        return err;
    if (access(path, R_OK) != 0)
        return system_error("read the key", path, error);
    zcert_t *cert = zcert_load(path);
    if (cert == NULL)
        return error_set(error, ERR_CORRUPT, "'%s' is no file of a key", path);
    *ret_cert = cert;
    return ERR_OK;
}

/* Both parts, which must belong together. */
static bool take_pair(zcert_t *cert, struct keys *keys)
{
    char public_text[KEY_TEXT_SIZE];

    memcpy(keys->own.bytes, zcert_public_key(cert), KEY_BYTES);
    memcpy(keys->secret.bytes, zcert_secret_key(cert), KEY_BYTES);
    return zmq_curve_public(public_text, zcert_secret_txt(cert)) == 0 &&
           strcmp(public_text, zcert_public_txt(cert)) == 0;
}

static enum err load_pair(const char *path, zcert_t **ret_cert, struct keys *ret_keys,
                          struct error *error)
{
    zcert_t *cert = NULL;
    struct keys keys = {.clients = ""};
    enum err err = load(path, READ_BY_OTHERS, &cert, error);

    if (err == ERR_OK && !take_pair(cert, &keys))
        err = error_set(error, ERR_CORRUPT, "the key '%s' is damaged or not complete", path);
    if (err == ERR_OK) {
        *ret_keys = keys;
        *ret_cert = cert;
    } else
        zcert_destroy(&cert);
    keys_wipe(&keys);
    return err;
}

enum err key_files_load_cluster(const char *folder, struct keys *ret_keys, struct error *error)
{
    AUTO(mem_free_text) char *path = join(folder, CLUSTER_FILE, "");
    AUTO(mem_free_text) char *clients = join(folder, CLIENTS_FOLDER, "");
    zcert_t *cert = NULL;

    if (strlen(clients) >= KEYS_FOLDER_MAX)
        return error_set(error, ERR_LIMIT, "the path '%s' is too long", clients);
    enum err err = check_folder(folder, error);
    if (err == ERR_OK)
        err = check_folder(clients, error);
    if (err == ERR_OK)
        err = load_pair(path, &cert, ret_keys, error);
    if (err != ERR_OK)
        return err;
    zcert_destroy(&cert);
    ret_keys->server = ret_keys->own;
    (void)snprintf(ret_keys->clients, sizeof ret_keys->clients, "%s", clients);
    return ERR_OK;
}

enum err key_files_load_client(const char *path, struct keys *ret_keys, struct error *error)
{
    zcert_t *cert = NULL;
    enum err err = load_pair(path, &cert, ret_keys, error);

    if (err != ERR_OK)
        return err;
    const char *cluster = zcert_meta(cert, META_CLUSTER);
    if (cluster == NULL || !key_read(cluster, &ret_keys->server)) {
        keys_wipe(ret_keys);
        err = error_set(error, ERR_CORRUPT,
                        "the key '%s' is none of a client: it does not name its cluster", path);
    }
    zcert_destroy(&cert);
    return err;
}

enum err key_files_load_topology(const char *path, struct keys *ret_keys, struct error *error)
{
    zcert_t *cert = NULL;
    enum err err = load_pair(path, &cert, ret_keys, error);

    if (err != ERR_OK)
        return err;
    zcert_destroy(&cert);
    ret_keys->server = ret_keys->own;
    return ERR_OK;
}

/* ---- writing ---- */

static bool sync_file(const char *path, int flags)
{
    int file = open(path, flags | O_RDONLY | O_CLOEXEC);
    bool is_good = file >= 0 && fsync(file) == 0;

    if (file >= 0)
        (void)close(file);
    return is_good;
}

/* czmq does not tell of a disk that is full: so what was written is read again. */
static bool is_as_written(zcert_t *cert, const char *path, enum saving saving)
{
    zcert_t *again = zcert_load(path);
    bool is_same =
        again != NULL && memcmp(zcert_public_key(again), zcert_public_key(cert), KEY_BYTES) == 0;

    if (is_same && saving == SAVE_SECRET)
        is_same = memcmp(zcert_secret_key(again), zcert_secret_key(cert), KEY_BYTES) == 0;
    zcert_destroy(&again);
    return is_same;
}

/* Under another name, made by us with its mode before czmq writes to it. */
static enum err save_beside(zcert_t *cert, const char *path, enum saving saving,
                            struct error *error)
{
    (void)unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return system_error("write the key", path, error);
    (void)close(file);
    mode_t before = umask(0077); /* czmq changes it, and does not always give it back */
    int result =
        saving == SAVE_SECRET ? zcert_save_secret(cert, path) : zcert_save_public(cert, path);
    (void)umask(before);
    if (result == 0 && chmod(path, 0600) == 0 && is_as_written(cert, path, saving) &&
        sync_file(path, 0))
        return ERR_OK;
    return error_set(error, ERR_IO, "cannot write the key '%s'", path);
}

static enum err save(zcert_t *cert, const char *path, enum saving saving, struct error *error)
{
    AUTO(mem_free_text) char *beside = NULL;
    struct text text;

    text_init(&text);
    text_add(&text, "%s.new", path);
    beside = text_take(&text);
    enum err err = save_beside(cert, beside, saving, error);
    if (err == ERR_OK && link(beside, path) != 0) /* unlike rename(), takes nobody's place */
        err = errno == EEXIST ? error_set(error, ERR_EXISTS, "there is a key '%s' already", path)
                              : system_error("write the key", path, error);
    (void)unlink(beside);
    return err;
}

enum err key_files_save_topology(const char *path, const struct keys *keys, struct error *error)
{
    AUTO(mem_free_text) char *beside = NULL;
    zcert_t *cert = zcert_new_from(keys->own.bytes, keys->secret.bytes);
    struct text text;

    text_init(&text);
    text_add(&text, "%s.new", path);
    beside = text_take(&text);
    enum err err = save_beside(cert, beside, SAVE_SECRET, error);
    if (err == ERR_OK && rename(beside, path) != 0)
        err = system_error("write the key", path, error);
    if (err != ERR_OK)
        (void)unlink(beside);
    zcert_destroy(&cert);
    return err;
}

/* The public part last: before it is there, nobody lets the client in. */
static enum err save_client(const char *folder, const char *name, const char *cluster,
                            struct error *error)
{
    AUTO(mem_free_text) char *clients = join(folder, CLIENTS_FOLDER, "");
    AUTO(mem_free_text) char *secret_path = join(folder, name, ".key");
    AUTO(mem_free_text) char *public_path = join(clients, name, PUBLIC_SUFFIX);
    zcert_t *cert = zcert_new();

    zcert_set_meta(cert, META_NAME, "%s", name);
    zcert_set_meta(cert, META_CLUSTER, "%s", cluster);
    enum err err = ERR_OK;
    if (access(public_path, F_OK) == 0)
        err =
            error_set(error, ERR_EXISTS, "there is a client '%s' already: '%s'", name, public_path);
    if (err == ERR_OK)
        err = save(cert, secret_path, SAVE_SECRET, error);
    if (err == ERR_OK)
        err = save(cert, public_path, SAVE_PUBLIC, error);
    zcert_destroy(&cert);
    return err;
}

static enum err make_folders(const char *path, struct error *error)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(path);

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            return system_error("make the folder", copy, error);
        *slash = '/';
    }
    if (mkdir(copy, 0700) != 0 && errno != EEXIST)
        return system_error("make the folder", copy, error);
    return check_folder(copy, error);
}

static enum err refuse_second(const char *path, struct error *error)
{
    return error_set(error, ERR_EXISTS,
                     "there are keys already: '%s' is not overwritten, because nobody who has it "
                     "could get in any more; take another folder, or remove it yourself",
                     path);
}

static enum err make_cluster(const char *path, char ret_public[KEY_TEXT_SIZE], struct error *error)
{
    zcert_t *cert = zcert_new();

    memcpy(ret_public, zcert_public_txt(cert), KEY_TEXT_SIZE);
    enum err err = save(cert, path, SAVE_SECRET, error);
    zcert_destroy(&cert);
    return err == ERR_EXISTS ? refuse_second(path, error) : err;
}

enum err key_files_make(const char *folder, struct error *error)
{
    AUTO(mem_free_text) char *clients = join(folder, CLIENTS_FOLDER, "");
    AUTO(mem_free_text) char *path = join(folder, CLUSTER_FILE, "");
    char cluster[KEY_TEXT_SIZE];

    if (access(path, F_OK) == 0)
        return refuse_second(path, error);
    enum err err = make_folders(folder, error);
    if (err == ERR_OK)
        err = make_folders(clients, error);
    if (err == ERR_OK)
        err = make_cluster(path, cluster, error);
    if (err == ERR_OK)
        err = save_client(folder, KEY_FILES_CLIENT, cluster, error);
    return err;
}

enum err key_files_add(const char *folder, const char *name, struct error *error)
{
    struct keys keys;
    char cluster[KEY_TEXT_SIZE];

    if (!key_files_name_is_good(name))
        return error_set(error, ERR_INVALID,
                         "'%s' is no name of a client: letters, digits, '-' and '_', %d at most, "
                         "and not 'cluster'",
                         name, KEY_FILES_NAME_MAX - 1);
    enum err err = key_files_load_cluster(folder, &keys, error);
    if (err != ERR_OK)
        return err;
    key_write(&keys.own, cluster);
    keys_wipe(&keys);
    return save_client(folder, name, cluster, error);
}

/* ---- lists ---- */

/* "ann.pub" is that of ann. */
static bool take_name(const char *file, char ret_name[KEY_FILES_NAME_MAX])
{
    size_t size = strlen(file);
    size_t suffix = sizeof PUBLIC_SUFFIX - 1;

    if (size <= suffix || size - suffix >= KEY_FILES_NAME_MAX ||
        strcmp(file + size - suffix, PUBLIC_SUFFIX) != 0)
        return false;
    memcpy(ret_name, file, size - suffix);
    ret_name[size - suffix] = '\0';
    return key_files_name_is_good(ret_name);
}

static bool load_public(const char *clients, struct key_client *client)
{
    AUTO(mem_free_text) char *path = join(clients, client->name, PUBLIC_SUFFIX);
    zcert_t *cert = NULL;

    if (load(path, WRITE_BY_OTHERS, &cert, NULL) != ERR_OK)
        return false;
    memcpy(client->key.bytes, zcert_public_key(cert), KEY_BYTES);
    zcert_destroy(&cert);
    return true;
}

static enum err list(DIR *folder, const char *clients, struct key_client *all, size_t *count,
                     struct error *error)
{
    struct dirent *entry;

    while ((entry = readdir(folder)) != NULL) {
        struct key_client client = {.name = ""};
        if (!take_name(entry->d_name, client.name) || !load_public(clients, &client))
            continue;
        if (*count == KEY_FILES_CLIENTS_MAX)
            return error_set(error, ERR_LIMIT, "there are more than %d clients in '%s'",
                             KEY_FILES_CLIENTS_MAX, clients);
        all[(*count)++] = client;
    }
    return ERR_OK;
}

enum err key_files_list(const char *clients, struct key_client **ret_clients, size_t *ret_count,
                        struct error *error)
{
    enum err err = check_folder(clients, error);

    if (err != ERR_OK)
        return err;
    DIR *folder = opendir(clients);
    if (folder == NULL)
        return system_error("read the keys in", clients, error);
    struct key_client *all = NEW_ARRAY(struct key_client, KEY_FILES_CLIENTS_MAX);
    size_t count = 0;
    err = list(folder, clients, all, &count, error);
    (void)closedir(folder);
    if (err != ERR_OK) {
        free(all);
        return err;
    }
    *ret_clients = all;
    *ret_count = count;
    return ERR_OK;
}
