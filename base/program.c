/* SPDX-License-Identifier: Apache-2.0 */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"

/* What has no long form but a key is -c. */
static const char short_options[] = "d:l:c:hV";

enum long_option {
    LONG_PORT_FILE = 256,
    LONG_CONFIG,
    LONG_MAN,
    LONG_MORE, /* and those after it: program.more */
};

static const struct option common_options[] = {
    {"data", required_argument, NULL, 'd'},
    {"listen", required_argument, NULL, 'l'},
    {"port-file", required_argument, NULL, LONG_PORT_FILE},
    {"config", required_argument, NULL, LONG_CONFIG},
    {"help", no_argument, NULL, 'h'},
    {"man", no_argument, NULL, LONG_MAN},
    {"version", no_argument, NULL, 'V'},
};

struct reading {
    const struct program *program;
    struct settings *settings;
    struct program_arguments *arguments;
    struct option options[COUNT_OF(common_options) + PROGRAM_MORE_MAX + 1];
};

/* ---- Streams and limits --------------------------------------------------------------------- */

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

void program_begin(void)
{
    keep_streams();
    allow_files();
}

/* ---- The command line ----------------------------------------------------------------------- */

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

static void list_options(struct reading *reading)
{
    size_t count = COUNT_OF(common_options);

    memcpy(reading->options, common_options, sizeof common_options);
    for (int i = 0; i < PROGRAM_MORE_MAX && reading->program->more[i].name != NULL; i++) {
        const struct program_option *more = &reading->program->more[i];
        reading->options[count++] = (struct option){
            .name = more->name,
            .has_arg = more->value != NULL ? required_argument : no_argument,
            .val = LONG_MORE + i,
        };
    }
}

/* The file comes before what the command line says: so it is read in a first pass. */
static enum err read_files(const struct reading *reading, int count, char **words,
                           struct error *error)
{
    enum err err = ERR_OK;
    int option;

    opterr = 0;
    optind = 1;
    while (err == ERR_OK &&
           (option = getopt_long(count, words, short_options, reading->options, NULL)) != -1) {
        if (option == LONG_CONFIG)
            err = load_file(reading->settings, optarg, error);
    }
    return err;
}

static void show(const struct reading *reading, int option)
{
    const struct program *program = reading->program;

    if (option == 'h')
        say(program->put_help);
    else if (option == LONG_MAN)
        say(program->put_page);
    else
        printf("%s %s\n", program->name, program->version);
    reading->arguments->is_over = true;
}

static void read_more(const struct reading *reading, int index)
{
    const struct program_option *more = &reading->program->more[index];

    if (more->value != NULL)
        *more->value = optarg;
    else
        *more->flag = true;
}

static enum err read_option(const struct reading *reading, int option, struct error *error)
{
    const struct program *program = reading->program;

    switch (option) {
    case 'd':
        if (program->data_key == NULL)
            return error_set(error, ERR_INVALID, "there is no option --data: nothing is kept");
        return settings_put(reading->settings, program->data_key, optarg, "--data", error);
    case 'l':
        return settings_put(reading->settings, program->listen_key, optarg, "--listen", error);
    case 'c':
        return settings_put_line(reading->settings, optarg, "-c", error);
    case LONG_PORT_FILE:
        reading->arguments->port_file = optarg;
        return ERR_OK;
    case LONG_CONFIG:
        return ERR_OK; /* read already */
    case 'h':
    case LONG_MAN:
    case 'V':
        show(reading, option);
        return ERR_OK;
    default:
        break;
    }
    if (option < LONG_MORE || option >= LONG_MORE + PROGRAM_MORE_MAX)
        return error_set(error, ERR_INVALID,
                         "unknown option, or one without its value; see %s --help", program->name);
    read_more(reading, option - LONG_MORE);
    return ERR_OK;
}

enum err program_read(const struct program *program, int count, char **words,
                      struct settings *settings, struct program_arguments *ret_arguments,
                      struct error *error)
{
    struct reading reading = {.program = program, .settings = settings, .arguments = ret_arguments};
    int option;

    *ret_arguments = (struct program_arguments){.port_file = NULL};
    list_options(&reading);
    enum err err = read_files(&reading, count, words, error);
    optind = 1;
    while (err == ERR_OK && !ret_arguments->is_over &&
           (option = getopt_long(count, words, short_options, reading.options, NULL)) != -1)
        err = read_option(&reading, option, error);
    if (err == ERR_OK && optind < count && !ret_arguments->is_over)
        return error_set(error, ERR_INVALID, "'%s' is not an option; see %s --help", words[optind],
                         program->name);
    return err;
}

/* ---- The rest -------------------------------------------------------------------------------- */

char *program_default_folder(const char *name)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct text path;

    text_init(&path);
    if (geteuid() == 0)
        text_add(&path, "/var/lib/gale/%s", name);
    else if (state != NULL && state[0] == '/')
        text_add(&path, "%s/gale/%s", state, name);
    else
        text_add(&path, "%s/.local/state/gale/%s", home == NULL ? "." : home, name);
    return text_take(&path);
}

enum err program_write_port(const char *path, uint16_t port, struct error *error)
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

void program_handle_signals(void (*handler)(int signal_number))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

int program_complain(const struct program *program, const struct error *error,
                     enum program_status status)
{
    fprintf(stderr, "%s: %s\n", program->name, error->text);
    return (int)status;
}
