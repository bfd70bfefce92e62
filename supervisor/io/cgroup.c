/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "supervisor/io/folder.h"

enum {
    VALUE_MAX = 64,
    PERIOD_US = 100000,
};

static enum err put(const char *folder, const char *file, const char *value, struct error *error)
{
    AUTO(mem_free_text) char *path = folder_join(folder, file);
    int handle = open(path, O_WRONLY | O_CLOEXEC);

    if (handle < 0)
        return folder_fault("cannot open", path, errno, error);
    ssize_t done = write(handle, value, strlen(value));
    int number = errno;
    (void)close(handle);
    return done >= 0 ? ERR_OK : folder_fault("cannot write", path, number, error);
}

static char *group_of(const struct cgroup *cgroup, uint32_t slot)
{
    struct text path;

    text_init(&path);
    text_add(&path, "%s/slot-%u", cgroup->folder, slot);
    return text_take(&path);
}

enum err cgroup_check(const struct cgroup *cgroup, struct error *error)
{
    struct statfs status;

    if (cgroup->folder[0] == '\0')
        return ERR_OK;
    if (statfs(cgroup->folder, &status) != 0) {
        (void)folder_fault("cannot use", cgroup->folder, errno, error);
        return error_wrap(error, "supervisor.cgroup");
    }
    if (status.f_type != CGROUP2_SUPER_MAGIC)
        return error_set(error, ERR_INVALID,
                         "supervisor.cgroup: '%s' is no folder of control groups, version 2",
                         cgroup->folder);
    if (put(cgroup->folder, "cgroup.subtree_control", "+memory +cpu", error) != ERR_OK)
        return error_wrap(error, "supervisor.cgroup");
    return ERR_OK;
}

static enum err set_limits(const struct cgroup *cgroup, const char *group, struct error *error)
{
    char memory[VALUE_MAX] = "max", cpu[VALUE_MAX] = "max";

    if (cgroup->memory_bytes > 0)
        (void)snprintf(memory, sizeof memory, "%llu", (unsigned long long)cgroup->memory_bytes);
    if (cgroup->cpu_percent > 0)
        (void)snprintf(cpu, sizeof cpu, "%llu %d",
                       (unsigned long long)cgroup->cpu_percent * (PERIOD_US / 100), PERIOD_US);
    enum err err = put(group, "memory.max", memory, error);
    return err == ERR_OK ? put(group, "cpu.max", cpu, error) : err;
}

enum err cgroup_put(const struct cgroup *cgroup, uint32_t slot, int64_t pid, struct error *error)
{
    AUTO(mem_free_text) char *group = group_of(cgroup, slot);
    char number[VALUE_MAX];

    if (cgroup->folder[0] == '\0')
        return ERR_OK;
    if (mkdir(group, 0755) != 0 && errno != EEXIST)
        return folder_fault("cannot make the control group", group, errno, error);
    enum err err = set_limits(cgroup, group, error);
    (void)snprintf(number, sizeof number, "%lld", (long long)pid);
    return err == ERR_OK ? put(group, "cgroup.procs", number, error) : err;
}

void cgroup_kill(const struct cgroup *cgroup, uint32_t slot)
{
    AUTO(mem_free_text) char *group = group_of(cgroup, slot);

    if (cgroup->folder[0] != '\0')
        (void)put(group, "cgroup.kill", "1", NULL);
}
