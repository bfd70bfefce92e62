/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-nimbus: takes topologies and decides where they run. Reads its options, runs until SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/text.h"
#include "coord/options.h"
#include "nimbus/io/daemon.h"
#include "nimbus/manual.h"
#include "wire/cluster.h"

/* Exit codes: as those of gale. */
enum status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1, /* it could not start */
    STATUS_USAGE = 2,  /* the command line or a setting is wrong */
};

struct arguments {
    const char *port_file; /* NULL for none */
    bool is_over;          /* --help and the like: nothing is left to be done */
};

static void say(void (*put)(struct text *out))
{
    struct text text;

    text_init(&text);
    put(&text);
    (void)fwrite(text_data(&text), 1, text_size(&text), stdout);
    text_done(&text);
}

static enum err load_file(struct settings *settings, const char *path, struct error *error)
{
    char *bytes;
    size_t size;
    enum err err = file_read(path, SETTINGS_YAML_MAX, &bytes, &size, error);

    if (err != ERR_OK)
        return err;
    err = settings_load_yaml(settings, bytes, size, path, error);
    free(bytes);
    return err;
}

/* What has no long form but a key is -c. The file comes before what the command line says: so it is
 * read in a first pass. */
static const char short_options[] = "d:l:c:hV";

enum long_option {
    LONG_PORT_FILE = 256,
    LONG_CONFIG,
    LONG_MAN,
};

static const struct option long_options[] = {
    {"data", required_argument, NULL, 'd'},
    {"listen", required_argument, NULL, 'l'},
    {"port-file", required_argument, NULL, LONG_PORT_FILE},
    {"config", required_argument, NULL, LONG_CONFIG},
    {"help", no_argument, NULL, 'h'},
    {"man", no_argument, NULL, LONG_MAN},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static enum err read_files(int count, char **words, struct settings *settings, struct error *error)
{
    enum err err = ERR_OK;
    int option;

    opterr = 0;
    optind = 1;
    while (err == ERR_OK &&
           (option = getopt_long(count, words, short_options, long_options, NULL)) != -1) {
        if (option == LONG_CONFIG)
            err = load_file(settings, optarg, error);
    }
    return err;
}

static enum err read_option(int option, struct settings *settings, struct arguments *arguments,
                            struct error *error)
{
    switch (option) {
    case 'd':
        return settings_put(settings, "nimbus.data", optarg, "--data", error);
    case 'l':
        return settings_put(settings, "nimbus.listen", optarg, "--listen", error);
    case 'c':
        return settings_put_line(settings, optarg, "-c", error);
    case LONG_PORT_FILE:
        arguments->port_file = optarg;
        return ERR_OK;
    case LONG_CONFIG:
        return ERR_OK; /* read already */
    case 'h':
        say(manual_put_help);
        arguments->is_over = true;
        return ERR_OK;
    case LONG_MAN:
        say(manual_put_page);
        arguments->is_over = true;
        return ERR_OK;
    case 'V':
        puts("gale-nimbus " GALE_VERSION);
        arguments->is_over = true;
        return ERR_OK;
    default:
        return error_set(error, ERR_INVALID,
                         "unknown option, or one without its value; see gale-nimbus --help");
    }
}

static enum err read_arguments(int count, char **words, struct settings *settings,
                               struct arguments *arguments, struct error *error)
{
    enum err err = read_files(count, words, settings, error);
    int option;

    optind = 1;
    while (err == ERR_OK && !arguments->is_over &&
           (option = getopt_long(count, words, short_options, long_options, NULL)) != -1)
        err = read_option(option, settings, arguments, error);
    if (err == ERR_OK && optind < count && !arguments->is_over)
        return error_set(error, ERR_INVALID, "'%s' is not an option; see gale-nimbus --help",
                         words[optind]);
    return err;
}

static char *default_folder(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct text path;

    text_init(&path);
    if (geteuid() == 0)
        text_add(&path, "/var/lib/gale/nimbus");
    else if (state != NULL && state[0] == '/')
        text_add(&path, "%s/gale/nimbus", state);
    else
        text_add(&path, "%s/.local/state/gale/nimbus", home == NULL ? "." : home);
    return text_take(&path);
}

/* Renamed into place: whoever sees the file sees the whole number. */
static enum err write_port(const char *path, uint16_t port, struct error *error)
{
    struct text other;
    FILE *file;
    bool good = false;

    text_init(&other);
    text_add(&other, "%s.new", path);
    file = fopen(text_data(&other), "w");
    if (file != NULL) {
        good = fprintf(file, "%u\n", port) > 0;
        good = fclose(file) == 0 && good && rename(text_data(&other), path) == 0;
    }
    int number = errno;
    if (file != NULL && !good)
        (void)remove(text_data(&other));
    text_done(&other);
    if (good)
        return ERR_OK;
    return error_set(error, ERR_IO, "cannot write the port to '%s': %s", path, strerror(number));
}

/* Signals reach it here alone: set before they can come. */
static struct daemon *running; /* NOLINT(*-non-const-global-variables) */

static void stop_running(int signal_number)
{
    (void)signal_number;
    daemon_stop(running);
}

static void handle_signals(void (*handler)(int signal_number))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static enum err serve(const struct daemon_options *options, const struct arguments *arguments,
                      struct error *error)
{
    AUTO(daemon_destroy) struct daemon *daemon = NULL;
    enum err err = daemon_start(options, &daemon, error);

    if (err != ERR_OK)
        return err;
    running = daemon;
    handle_signals(stop_running);
    if (arguments->port_file != NULL)
        err = write_port(arguments->port_file, daemon_port(daemon), error);
    if (err == ERR_OK) {
        (void)notify_send("READY=1");
        daemon_run(daemon);
        (void)notify_send("STOPPING=1");
    }
    handle_signals(SIG_DFL);
    log_info("nimbus.stopped", "port=%u", daemon_port(daemon));
    return err;
}

/* A standard stream that was closed is a number which the next file or socket would get, and then
 * lines of the log would go there. */
static void keep_streams(void)
{
    int file;

    do
        file = open("/dev/null", O_RDWR);
    while (file >= 0 && file <= STDERR_FILENO);
    if (file > STDERR_FILENO)
        (void)close(file);
}

/* A shell's usual limit of open files is 1024, for the sake of programs that use select(). Each
 * connection is one, and without room for more nobody is accepted. */
static void allow_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files); /* else it is as it was */
}

static int complain(const struct error *error, enum status status)
{
    fprintf(stderr, "gale-nimbus: %s\n", error->text);
    return (int)status;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *folder = default_folder();
    struct arguments arguments = {.port_file = NULL};
    struct cluster cluster;
    struct daemon_options options = {
        .cluster = &cluster, .settings = settings, .gale = GALE_VERSION};
    struct error error;

    keep_streams();
    if (read_arguments(count, words, settings, &arguments, &error) != ERR_OK)
        return complain(&error, STATUS_USAGE);
    if (arguments.is_over)
        return STATUS_DONE;
    if (cluster_make(settings, &cluster, &error) != ERR_OK ||
        coord_options_read(settings, &options.coord, &error) != ERR_OK)
        return complain(&error, STATUS_USAGE);
    options.data = cluster.nimbus_data[0] != '\0' ? cluster.nimbus_data : folder;
    log_set_level((enum log_level)cluster.log_level);
    allow_files();
    if (serve(&options, &arguments, &error) != ERR_OK)
        return complain(&error, STATUS_FAILED);
    return STATUS_DONE;
}
