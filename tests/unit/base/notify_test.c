/* SPDX-License-Identifier: Apache-2.0 */
#include "base/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/suite.h"

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    ck_assert_int_ge(fd, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

START_TEST(the_manager_is_told)
{
    char folder[] = "/tmp/gale-notify-XXXXXX";
    char path[64];
    char heard[32] = "";

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    int fd = listen_at(path);
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
    ck_assert(notify_send("READY=1"));
    ck_assert_int_eq(recv(fd, heard, sizeof heard - 1, 0), 7);
    ck_assert_str_eq(heard, "READY=1");
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(without_a_manager_nothing_happens)
{
    ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
    ck_assert(!notify_send("READY=1"));
}
END_TEST

START_TEST(a_socket_that_is_none_does_no_harm)
{
    char name[512];

    ck_assert_int_eq(setenv("NOTIFY_SOCKET", "relative", 1), 0);
    ck_assert(!notify_send("READY=1"));
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", "/nobody/listens/here", 1), 0);
    ck_assert(!notify_send("READY=1"));
    memset(name, 'a', sizeof name - 1);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
    ck_assert(!notify_send("READY=1"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_manager_is_told, without_a_manager_nothing_happens,
                                  a_socket_that_is_none_does_no_harm};
    return suite_run("notify", tests, sizeof tests / sizeof *tests);
}
