/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-worker: runs a supervisor's share of one topology. A supervisor starts it; its options are what
 * the supervisor knows.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/settings_schema.h"
#include "coord/options.h"
#include "net/key_files.h"
#include "worker/io/disguise.h"
#include "worker/io/member.h"

#define EXIT_USAGE 2

static const char help[] =
    "usage: gale-worker --topology ID --supervisor ID --slot N --incarnation N\n"
    "                   --socket PATH --blobs FOLDER [--host ADDRESS] [--log FILE]\n"
    "                   [--keys FILE] [--user UID:GID] [-c KEY=VALUE]...\n"
    "\n"
    "Runs the part of a topology that is assigned to a slot. gale-supervisor starts it.\n"
    "\n"
    "  --topology ID     which topology\n"
    "  --supervisor ID   whose slot\n"
    "  --slot N          its number\n"
    "  --incarnation N   grows with every start in this slot\n"
    "  --socket PATH     local socket of the supervisor\n"
    "  --blobs FOLDER    where the topology's plan and code are, named by their hashes\n"
    "  --host ADDRESS    the links of other workers come to this one: 127.0.0.1 unless given\n"
    "  --log FILE        what standard output and error are written to, for a change of file\n"
    "  --keys FILE       the key of the topology, for links to its other workers: read first\n"
    "  --user UID:GID    become this user before the topology is opened; only root can\n"
    "  -c KEY=VALUE      a setting: coord.*, worker.supervisor.timeout.secs, ...\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 stopped, or the topology has ended; 1 failed; 2 wrong use; 70 its place in\n"
    "the assignment is gone; 71 without supervisor or cluster state for too long.\n";

enum long_option {
    LONG_TOPOLOGY = 256,
    LONG_SUPERVISOR,
    LONG_SLOT,
    LONG_INCARNATION,
    LONG_SOCKET,
    LONG_BLOBS,
    LONG_HOST,
    LONG_LOG,
    LONG_KEYS,
    LONG_USER,
};

static const struct option long_options[] = {
    {"topology", required_argument, NULL, LONG_TOPOLOGY},
    {"supervisor", required_argument, NULL, LONG_SUPERVISOR},
    {"slot", required_argument, NULL, LONG_SLOT},
    {"incarnation", required_argument, NULL, LONG_INCARNATION},
    {"socket", required_argument, NULL, LONG_SOCKET},
    {"blobs", required_argument, NULL, LONG_BLOBS},
    {"host", required_argument, NULL, LONG_HOST},
    {"log", required_argument, NULL, LONG_LOG},
    {"keys", required_argument, NULL, LONG_KEYS},
    {"user", required_argument, NULL, LONG_USER},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static enum err read_number(const char *name, const char *text, uint64_t max, uint64_t *ret_number,
                            struct error *error)
{
    if (setting_parse_u64(text, ret_number) && *ret_number <= max)
        return ERR_OK;
    return error_set(error, ERR_INVALID, "--%s must be a number, not '%s'", name, text);
}

/* What is not the member's. */
struct start {
    struct settings *settings;
    struct disguise disguise;
    const char *keys_file; /* NULL: none */
    struct keys keys;
};

static enum err read_option(int option, struct member_options *options, struct start *start,
                            struct error *error)
{
    uint64_t number = 0;
    enum err err = ERR_OK;

    switch (option) {
    case LONG_TOPOLOGY:
        options->topology = optarg;
        return ERR_OK;
    case LONG_SUPERVISOR:
        options->supervisor = optarg;
        return ERR_OK;
    case LONG_SLOT:
        err = read_number("slot", optarg, UINT32_MAX, &number, error);
        options->slot = (uint32_t)number;
        return err;
    case LONG_INCARNATION:
        return read_number("incarnation", optarg, INT64_MAX, &options->incarnation, error);
    case LONG_SOCKET:
        options->socket = optarg;
        return ERR_OK;
    case LONG_BLOBS:
        options->blobs = optarg;
        return ERR_OK;
    case LONG_HOST:
        options->host = optarg;
        return ERR_OK;
    case LONG_LOG:
        options->log = optarg;
        return ERR_OK;
    case LONG_KEYS:
        start->keys_file = optarg;
        return ERR_OK;
    case LONG_USER:
        return disguise_parse(optarg, &start->disguise, error);
    case 'c':
        return settings_put_line(start->settings, optarg, "-c", error);
    case 'h':
        (void)fputs(help, stdout);
        exit(EXIT_SUCCESS);
    case 'V':
        puts("gale-worker " GALE_VERSION);
        exit(EXIT_SUCCESS);
    default:
        return error_set(error, ERR_INVALID,
                         "unknown option, or one without its value; see gale-worker --help");
    }
}

static enum err read_arguments(int count, char **words, struct member_options *options,
                               struct start *start, struct error *error)
{
    enum err err = ERR_OK;
    int option;

    opterr = 0;
    while (err == ERR_OK && (option = getopt_long(count, words, "c:hV", long_options, NULL)) != -1)
        err = read_option(option, options, start, error);
    if (err != ERR_OK)
        return err;
    if (optind < count)
        return error_set(error, ERR_INVALID, "'%s' is not an option; see gale-worker --help",
                         words[optind]);
    if (options->topology == NULL || options->supervisor == NULL || options->socket == NULL ||
        options->blobs == NULL || options->incarnation == 0)
        return error_set(error, ERR_INVALID,
                         "--topology, --supervisor, --slot, --incarnation, --socket and --blobs "
                         "must be given: gale-supervisor does so");
    return ERR_OK;
}

static void stop(int signal_number)
{
    (void)signal_number;
    member_stop();
}

/* A terminal's Ctrl-C is for who started the cluster, who then stops us. */
static void handle_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static int complain(const struct error *error, int status)
{
    fprintf(stderr, "gale-worker: %s\n", error->text);
    return status;
}

/* The key may be one that only who started us can read, and user code is to find nothing of the sort:
 * so it is read first. */
static enum err prepare(struct start *start, struct member_options *options, struct error *error)
{
    enum err err = ERR_OK;

    if (start->keys_file != NULL) {
        err = key_files_load_topology(start->keys_file, &start->keys, error);
        options->keys = &start->keys;
    }
    return err == ERR_OK ? disguise_put_on(&start->disguise, error) : err;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct member_options options = {.host = "127.0.0.1"};
    struct start start = {.settings = settings};
    struct cluster cluster;
    struct error error;

    if (read_arguments(count, words, &options, &start, &error) != ERR_OK ||
        cluster_make(settings, &cluster, &error) != ERR_OK ||
        coord_options_read(settings, &options.coord, &error) != ERR_OK)
        return complain(&error, EXIT_USAGE);
    if (prepare(&start, &options, &error) != ERR_OK)
        return complain(&error, (int)MEMBER_FAILED);
    options.cluster = &cluster;
    options.coord.seed = options.incarnation ^ options.slot;
    log_set_level((enum log_level)cluster.log_level);
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* lines in the log when they were printed */
    handle_signals();
    enum member_end end = member_run(&options, &error);
    return end == MEMBER_FAILED ? complain(&error, (int)end) : (int)end;
}
