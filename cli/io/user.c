/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/user.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

void user_name(char ret_name[USER_NAME_MAX])
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;

    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        (void)snprintf(ret_name, USER_NAME_MAX, "%s", entry.pw_name);
    else
        (void)snprintf(ret_name, USER_NAME_MAX, "%lu", (unsigned long)geteuid());
}
