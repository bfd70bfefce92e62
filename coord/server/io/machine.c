/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void copy(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

void machine_look(struct machine *machine)
{
    struct utsname name;
    struct rlimit files;

    *machine = (struct machine){.files_max = -1};
    if (uname(&name) == 0) {
        copy(machine->host_name, sizeof machine->host_name, name.nodename);
        copy(machine->os_name, sizeof machine->os_name, name.sysname);
        copy(machine->os_architecture, sizeof machine->os_architecture, name.machine);
        copy(machine->os_version, sizeof machine->os_version, name.release);
    }
    copy(machine->user_name, sizeof machine->user_name, getenv("USER"));
    copy(machine->user_home, sizeof machine->user_home, getenv("HOME"));
    if (getcwd(machine->working_folder, sizeof machine->working_folder) == NULL)
        machine->working_folder[0] = '\0';
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
        machine->files_max = (int64_t)files.rlim_cur;
}

static bool is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* -1 if the folder cannot be read. */
static int64_t count_entries(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int64_t count = 0;

    if (folder == NULL)
        return -1;
    while ((entry = readdir(folder)) != NULL)
        count += is_entry(entry);
    (void)closedir(folder);
    return count;
}

/* The bytes of all files in a folder of a few; 0 if it cannot be read. */
static uint64_t sum_sizes(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    struct stat file;
    uint64_t bytes = 0;

    if (folder == NULL)
        return 0;
    while ((entry = readdir(folder)) != NULL) {
        if (is_entry(entry) &&
            fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(file.st_mode))
            bytes += (uint64_t)file.st_size;
    }
    (void)closedir(folder);
    return bytes;
}

void machine_gather(const struct machine *machine, struct words_facts *ret_facts)
{
    ret_facts->host_name = machine->host_name;
    ret_facts->os_name = machine->os_name;
    ret_facts->os_architecture = machine->os_architecture;
    ret_facts->os_version = machine->os_version;
    ret_facts->user_name = machine->user_name;
    ret_facts->user_home = machine->user_home;
    ret_facts->working_folder = machine->working_folder;
    ret_facts->files_open = count_entries("/proc/self/fd");
    ret_facts->files_max = machine->files_max;
    ret_facts->data_folder_size = sum_sizes(ret_facts->data_folder);
}
