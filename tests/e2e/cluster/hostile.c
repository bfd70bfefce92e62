/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology that means ill: when its bolt opens, it tries what its author should not be able to do,
 * and tells how each attempt went. The settings say where to try.
 */
#define _GNU_SOURCE
#include <gale/gale.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct nothing {
    uint64_t value;
};

GALE_STREAM(never, struct nothing, GALE_FIELD(struct nothing, value));

static enum gale_next source_next(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    return GALE_IDLE;
}

static void tell(const char *what, const char *where, int did)
{
    printf("attempt %s %s: %s\n", what, where, did ? "DONE" : strerror(errno));
}

static void read_file(const char *path)
{
    char bytes[64];
    int file = open(path, O_RDONLY);
    int did = file >= 0 && read(file, bytes, sizeof bytes) > 0;

    tell("read", path, did);
    if (file >= 0)
        close(file);
}

static void list_folder(const char *path)
{
    DIR *folder = opendir(path);

    tell("list", path, folder != NULL);
    if (folder != NULL)
        closedir(folder);
}

static void write_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT, 0666);

    tell("write", path, file >= 0);
    if (file >= 0)
        close(file);
}

static void print_lines(int count)
{
    for (int i = 0; i < count; i++)
        printf("%0200d\n", i);
}

/* "read:/a,list:/b,write:/c,signal:12,trace:12,print:200" */
static void try_each(const char *wishes)
{
    char copy[16384];
    char *rest = NULL;

    snprintf(copy, sizeof copy, "%s", wishes);
    for (char *wish = strtok_r(copy, ",", &rest); wish != NULL; wish = strtok_r(NULL, ",", &rest)) {
        char *where = strchr(wish, ':');
        if (where == NULL)
            continue;
        *where++ = '\0';
        int number = (int)strtol(where, NULL, 10); /* 0 where it is none */
        if (strcmp(wish, "read") == 0)
            read_file(where);
        else if (strcmp(wish, "list") == 0)
            list_folder(where);
        else if (strcmp(wish, "write") == 0)
            write_file(where);
        else if (strcmp(wish, "signal") == 0)
            tell("signal", where, kill(number, SIGTERM) == 0);
        else if (strcmp(wish, "print") == 0)
            print_lines(number);
        else if (strcmp(wish, "trace") == 0)
            tell("trace", where, ptrace(PTRACE_ATTACH, number, NULL, NULL) == 0);
    }
}

static enum gale_err sink_open(void *self, struct gale_task *task)
{
    struct rlimit core;

    (void)self;
    try_each(gale_conf_require(task, "wishes"));
    tell("become", "root", setuid(0) == 0);
    tell("become", "group-root", setgid(0) == 0);
    getrlimit(RLIMIT_CORE, &core);
    printf("facts uid=%d gid=%d groups=%d core=%lu\n", (int)getuid(), (int)getgid(),
           getgroups(0, NULL), (unsigned long)core.rlim_max);
    fflush(stdout);
    if (gale_conf_bool(task, "crash", false))
        raise(SIGSEGV);
    return GALE_OK;
}

static enum gale_verdict sink_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component source = {
    .name = "source", .spout = {.next = source_next}, .emits = {&never.stream}};

static const struct gale_component sink = {
    .name = "sink",
    .bolt = {.open = sink_open, .execute = sink_execute},
    .inputs = {{.from = &source, .stream = &never.stream, .by = GALE_SHUFFLE}},
    .settings = {{.key = "wishes", .value = "", .help = "what to try, and where"},
                 {.key = "crash", .value = "false", .help = "whether to crash after it"}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "hostile",
    .components = {&source, &sink},
};
