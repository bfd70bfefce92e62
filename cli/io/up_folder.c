/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/up_folder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/settings_schema.h"
#include "base/text.h"

enum {
    COORD_PORT = 2181,
    NIMBUS_PORT = 6627,
    BROKER_PORT = 9092,
    UI_PORT = 8080,
};

#define LONGEST_SOCKET "/supervisor-16/workers.sock"

static enum err system_error(const char *what, const char *path, struct error *error)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
    return error_set(error, ERR_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

char *up_folder_usual(void)
{
    const char *state = getenv("XDG_STATE_HOME"); /* NOLINT(concurrency-mt-unsafe) */
    const char *home = getenv("HOME");            /* NOLINT(concurrency-mt-unsafe) */
    struct text path;

    text_init(&path);
    if (state != NULL && state[0] == '/')
        text_add(&path, "%s/gale/up", state);
    else
        text_add(&path, "%s/.local/state/gale/up", home == NULL ? "." : home);
    return text_take(&path);
}

/* ---- the folder ---- */

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
    return ERR_OK;
}

/* Sockets have short names. */
static enum err check_length(const char *path, struct error *error)
{
    size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - sizeof LONGEST_SOCKET;

    if (strlen(path) <= most)
        return ERR_OK;
    return error_set(error, ERR_LIMIT,
                     "the folder '%s' has a path of %zu bytes, and sockets in it may have at most "
                     "%zu before them; give a shorter one with --dir",
                     path, strlen(path), most);
}

static enum err lock_folder(struct up_folder *folder, struct error *error)
{
    folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->lock < 0)
        return system_error("open the folder", folder->path, error);
    if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    if (errno == EWOULDBLOCK)
        return error_set(error, ERR_CONFLICT,
                         "another 'gale up' runs on the folder '%s'; --dir takes another one",
                         folder->path);
    return system_error("lock the folder", folder->path, error);
}

static enum err make_logs(const struct up_folder *folder, struct error *error)
{
    struct text path;

    text_init(&path);
    text_add(&path, "%s/logs", folder->path);
    enum err err = make_folders(text_data(&path), error);
    text_done(&path);
    return err;
}

/* ---- ports ---- */

/* 0 if it is not free; any free one for 0. */
static uint16_t try_port(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int yes = 1;
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = handle >= 0;

    /* As servers do, who need not wait until old connections are forgotten. */
    is_free = is_free && setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0;
    is_free = is_free && bind(handle, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(handle, 1) == 0 &&
              getsockname(handle, (struct sockaddr *)&address, &size) == 0;
    if (handle >= 0)
        (void)close(handle);
    return is_free ? ntohs(address.sin_port) : 0;
}

/* Two that start at the same moment see the same ports free. So who chooses one holds a name for it
 * that is gone with the process; -1 if another has it. */
static int claim_port(uint16_t port)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int length =
        snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "gale-up-port-%" PRIu16, port);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);

    if (handle >= 0 && bind(handle, (struct sockaddr *)&address, size) == 0)
        return handle;
    if (handle >= 0)
        (void)close(handle);
    return -1;
}

/* The port that it was, or the usual one, or any: the first that is free. 0 if there is none. */
static uint16_t choose_port(uint16_t remembered, uint16_t usual, int *ret_claim)
{
    const uint16_t wanted[] = {remembered, usual, 0, 0, 0, 0};

    for (size_t i = remembered == 0 ? 1 : 0; i < COUNT_OF(wanted); i++) {
        uint16_t port = try_port(wanted[i]);

        *ret_claim = port == 0 ? -1 : claim_port(port);
        if (*ret_claim >= 0)
            return port;
    }
    return 0;
}

/* Behind the colon of "127.0.0.1:2181"; 0 if it is not there. */
static uint16_t port_of(const struct settings *settings, const char *key)
{
    const struct setting *setting = settings_find(settings, key);
    const char *colon = setting == NULL ? NULL : strrchr(setting->value, ':');
    uint64_t port;

    if (colon == NULL || !setting_parse_u64(colon + 1, &port) || port > UINT16_MAX)
        return 0;
    return (uint16_t)port;
}

/* A file that cannot be read is written anew: all that is lost is a port. */
static void recall_ports(struct up_folder *folder)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size;

    if (file_read(folder->config, SETTINGS_YAML_MAX, &bytes, &size, NULL) != ERR_OK ||
        settings_load_yaml(settings, bytes, size, folder->config, NULL) != ERR_OK)
        return;
    folder->coord_port = port_of(settings, "coord.servers");
    folder->nimbus_port = port_of(settings, "nimbus.listen");
    folder->broker_port = port_of(settings, "broker.listen");
    folder->ui_port = port_of(settings, "ui.listen");
}

static bool write_log(const struct up_folder *folder, FILE *file)
{
    if (folder->broker_port == 0)
        return true;
    return fprintf(file,
                   "broker.listen: 127.0.0.1:%" PRIu16 "\n"
                   "log.brokers: 127.0.0.1:%" PRIu16 "\n",
                   folder->broker_port, folder->broker_port) > 0;
}

static bool write_ui(const struct up_folder *folder, FILE *file)
{
    return folder->ui_port == 0 ||
           fprintf(file, "ui.listen: 127.0.0.1:%" PRIu16 "\n", folder->ui_port) > 0;
}

/* Renamed into place: nobody sees a half. */
static enum err write_config(const struct up_folder *folder, struct error *error)
{
    struct text other;
    bool is_good = false;

    text_init(&other);
    text_add(&other, "%s.new", folder->config);
    FILE *file = fopen(text_data(&other), "we");
    if (file != NULL) {
        is_good = fprintf(file,
                          "# Written by 'gale up': where its cluster is, for gale --config or "
                          "GALE_CONFIG.\n"
                          "coord.servers: 127.0.0.1:%" PRIu16 "\n"
                          "nimbus.listen: 127.0.0.1:%" PRIu16 "\n",
                          folder->coord_port, folder->nimbus_port) > 0 &&
                  write_log(folder, file) && write_ui(folder, file);
        is_good = fclose(file) == 0 && is_good;
        is_good = is_good && rename(text_data(&other), folder->config) == 0;
    }
    enum err err = is_good ? ERR_OK : system_error("write", folder->config, error);
    if (file != NULL && !is_good)
        (void)remove(text_data(&other));
    text_done(&other);
    return err;
}

/* One that was given must be free: who gives it tells others of it. 0 without that program. */
static enum err choose_wanted(int wanted, uint16_t usual, uint16_t *port, int *ret_claim,
                              struct error *error)
{
    uint16_t remembered = *port;

    *port = 0;
    if (wanted == UP_FOLDER_NO_PORT)
        return ERR_OK;
    if (wanted == UP_FOLDER_ANY_PORT) {
        *port = choose_port(remembered, usual, ret_claim);
        return *port == 0 ? error_set(error, ERR_IO, "no port on 127.0.0.1 is free") : ERR_OK;
    }
    if (try_port((uint16_t)wanted) != 0)
        *ret_claim = claim_port((uint16_t)wanted);
    if (*ret_claim < 0)
        return error_set(error, ERR_CONFLICT, "port %d on 127.0.0.1 is in use", wanted);
    *port = (uint16_t)wanted;
    return ERR_OK;
}

static enum err choose_ports(struct up_folder *folder, struct up_ports ports, struct error *error)
{
    recall_ports(folder);
    folder->coord_port = choose_port(folder->coord_port, COORD_PORT, &folder->coord_claim);
    folder->nimbus_port = choose_port(folder->nimbus_port, NIMBUS_PORT, &folder->nimbus_claim);
    if (folder->coord_port == 0 || folder->nimbus_port == 0)
        return error_set(error, ERR_IO, "no port on 127.0.0.1 is free");
    enum err err =
        choose_wanted(ports.log, BROKER_PORT, &folder->broker_port, &folder->broker_claim, error);
    if (err == ERR_OK)
        err = choose_wanted(ports.ui, UI_PORT, &folder->ui_port, &folder->ui_claim, error);
    return err == ERR_OK ? write_config(folder, error) : err;
}

/* ---- opening ---- */

static enum err find_folder(const char *path, struct up_folder *folder, struct error *error)
{
    AUTO(mem_free_text) char *wanted = path == NULL ? up_folder_usual() : mem_copy_text(path);
    char resolved[PATH_MAX];
    struct text config;

    enum err err = wanted[0] == '\0' ? error_set(error, ERR_INVALID, "--dir is empty")
                                     : make_folders(wanted, error);
    if (err != ERR_OK)
        return err;
    if (realpath(wanted, resolved) == NULL)
        return system_error("find the folder", wanted, error);
    folder->path = mem_copy_text(resolved);
    text_init(&config);
    text_add(&config, "%s/gale.yaml", resolved);
    folder->config = text_take(&config);
    return check_length(resolved, error);
}

enum err up_folder_open(const char *path, struct up_ports ports, struct up_folder *ret_folder,
                        struct error *error)
{
    struct up_folder folder = UP_FOLDER_NONE;

    enum err err = find_folder(path, &folder, error);
    if (err == ERR_OK)
        err = lock_folder(&folder, error);
    if (err == ERR_OK)
        err = make_logs(&folder, error);
    if (err == ERR_OK)
        err = choose_ports(&folder, ports, error);
    if (err == ERR_OK)
        *ret_folder = folder;
    else
        up_folder_close(&folder);
    return err;
}

void up_folder_close(struct up_folder *folder)
{
    const int handles[] = {folder->lock, folder->coord_claim, folder->nimbus_claim,
                           folder->broker_claim, folder->ui_claim};

    for (size_t i = 0; i < COUNT_OF(handles); i++) {
        if (handles[i] >= 0)
            (void)close(handles[i]);
    }
    free(folder->path);
    free(folder->config);
    *folder = (struct up_folder)UP_FOLDER_NONE;
}
