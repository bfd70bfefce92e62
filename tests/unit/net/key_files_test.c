/* SPDX-License-Identifier: Apache-2.0 */
#include "net/key_files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/support/suite.h"

static char folder[64];
static char keys_folder[128];

static void set_up(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/gale-keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(keys_folder, sizeof keys_folder, "%s/a/keys", folder);
}

static void tear_down(void)
{
    char command[160];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", keys_folder, name);
    return path;
}

static void make(void)
{
    struct error error;
    enum err err = key_files_make(keys_folder, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
}

static void expect_mode(const char *name, mode_t mode)
{
    struct stat status;

    ck_assert_int_eq(stat(path_of(name), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, mode);
}

static void load_both(struct keys *cluster, struct keys *client)
{
    struct error error;

    ck_assert_msg(key_files_load_cluster(keys_folder, cluster, &error) == ERR_OK, "%s", error.text);
    ck_assert_msg(key_files_load_client(path_of("client.key"), client, &error) == ERR_OK, "%s",
                  error.text);
}

static void write_file(const char *name, const char *content)
{
    FILE *file = fopen(path_of(name), "w");

    ck_assert_ptr_nonnull(file);
    fputs(content, file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path_of(name), 0600), 0);
}

START_TEST(keys_are_made_for_their_owner_alone)
{
    set_up();
    mode_t before = umask(0);

    make();
    ck_assert_uint_eq(umask(before), 0);
    expect_mode("", 0700);
    expect_mode("clients", 0700);
    expect_mode("cluster.key", 0600);
    expect_mode("client.key", 0600);
    expect_mode("clients/client.pub", 0600);
    tear_down();
}
END_TEST

START_TEST(a_client_knows_the_cluster_and_the_cluster_lists_the_client)
{
    set_up();
    struct keys cluster, client;
    struct key_client *clients;
    size_t count;

    make();
    load_both(&cluster, &client);
    ck_assert(key_is_same(&client.server, &cluster.own));
    ck_assert(key_is_same(&cluster.server, &cluster.own));
    ck_assert(!key_is_same(&client.own, &cluster.own));
    ck_assert(!key_is_same(&client.secret, &cluster.secret));
    ck_assert_str_eq(client.clients, "");
    ck_assert_int_eq(key_files_list(cluster.clients, &clients, &count, NULL), ERR_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(clients[0].name, "client");
    ck_assert(key_is_same(&clients[0].key, &client.own));
    free(clients);
    tear_down();
}
END_TEST

START_TEST(nothing_is_overwritten)
{
    set_up();
    struct keys before, after, client;
    struct error error;

    make();
    load_both(&before, &client);
    ck_assert_int_eq(key_files_make(keys_folder, &error), ERR_EXISTS);
    ck_assert_ptr_nonnull(strstr(error.text, "cluster.key"));
    ck_assert_int_eq(key_files_add(keys_folder, "client", &error), ERR_EXISTS);
    load_both(&after, &client);
    ck_assert(key_is_same(&before.secret, &after.secret));
    tear_down();
}
END_TEST

START_TEST(further_clients_get_keys_of_their_own)
{
    set_up();
    struct keys cluster, first, second;
    struct key_client *clients;
    size_t count;

    make();
    ck_assert_int_eq(key_files_add(keys_folder, "ann", NULL), ERR_OK);
    load_both(&cluster, &first);
    ck_assert_int_eq(key_files_load_client(path_of("ann.key"), &second, NULL), ERR_OK);
    ck_assert(!key_is_same(&first.own, &second.own));
    ck_assert(key_is_same(&second.server, &cluster.own));
    ck_assert_int_eq(key_files_list(cluster.clients, &clients, &count, NULL), ERR_OK);
    ck_assert_uint_eq(count, 2);
    free(clients);
    tear_down();
}
END_TEST

START_TEST(names_that_could_be_paths_or_confuse_are_refused)
{
    set_up();
    static const char *const names[] = {"", "cluster", "../a", "a/b", ".a", "a.b", "-a", "a b"};

    make();
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_msg(key_files_add(keys_folder, names[i], NULL) == ERR_INVALID, "%s", names[i]);
    tear_down();
}
END_TEST

START_TEST(a_secret_that_others_may_read_is_not_used)
{
    set_up();
    static const mode_t modes[] = {0640, 0604, 0660, 0644};
    struct keys keys;
    struct error error;

    make();
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        ck_assert_int_eq(chmod(path_of("cluster.key"), modes[i]), 0);
        ck_assert_int_eq(key_files_load_cluster(keys_folder, &keys, &error), ERR_DENIED);
        ck_assert_ptr_nonnull(strstr(error.text, "chmod 600"));
        ck_assert_int_eq(chmod(path_of("client.key"), modes[i]), 0);
        ck_assert_int_eq(key_files_load_client(path_of("client.key"), &keys, NULL), ERR_DENIED);
    }
    tear_down();
}
END_TEST

START_TEST(folders_that_others_may_change_are_not_used)
{
    set_up();
    struct key_client *clients;
    struct keys keys;
    size_t count;

    make();
    ck_assert_int_eq(chmod(path_of("clients"), 0770), 0);
    ck_assert_int_eq(key_files_load_cluster(keys_folder, &keys, NULL), ERR_DENIED);
    ck_assert_int_eq(key_files_list(path_of("clients"), &clients, &count, NULL), ERR_DENIED);
    ck_assert_int_eq(chmod(path_of("clients"), 0700), 0);
    ck_assert_int_eq(chmod(keys_folder, 0702), 0);
    ck_assert_int_eq(key_files_load_cluster(keys_folder, &keys, NULL), ERR_DENIED);
    tear_down();
}
END_TEST

START_TEST(files_that_are_no_keys_are_refused)
{
    set_up();
    static const char *const contents[] = {
        "",
        "garbage",
        "curve\n    public-key = \"short\"\n    secret-key = \"short\"\n",
        "curve\n    public-key = \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"\n",
        ("curve\n    public-key = \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"\n"
         "    secret-key = \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"\n"),
    };
    struct keys keys;

    make();
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        write_file("cluster.key", contents[i]);
        ck_assert_int_eq(key_files_load_cluster(keys_folder, &keys, NULL), ERR_CORRUPT);
        write_file("client.key", contents[i]);
        ck_assert_int_eq(key_files_load_client(path_of("client.key"), &keys, NULL), ERR_CORRUPT);
    }
    ck_assert_int_eq(unlink(path_of("cluster.key")), 0);
    ck_assert_int_eq(key_files_load_cluster(keys_folder, &keys, NULL), ERR_NOT_FOUND);
    tear_down();
}
END_TEST

START_TEST(the_cluster_key_is_none_of_a_client)
{
    set_up();
    struct keys keys;

    make();
    ck_assert_int_eq(key_files_load_client(path_of("cluster.key"), &keys, NULL), ERR_CORRUPT);
    tear_down();
}
END_TEST

START_TEST(damaged_public_keys_list_nobody)
{
    set_up();
    struct key_client *clients;
    size_t count;

    make();
    write_file("clients/bad.pub", "garbage");
    write_file("clients/empty.pub", "");
    write_file("clients/client.pub.new", "garbage");
    ck_assert_int_eq(mkdir(path_of("clients/folder.pub"), 0700), 0);
    ck_assert_int_eq(key_files_list(path_of("clients"), &clients, &count, NULL), ERR_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(clients[0].name, "client");
    free(clients);
    tear_down();
}
END_TEST

START_TEST(the_pair_of_a_topology_is_kept_for_one_reader)
{
    set_up();
    struct keys cluster, client, pair, again;

    make();
    load_both(&cluster, &client);
    keys_derive(&cluster, "wc-1-1", &pair);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(key_files_save_topology(path_of("pair"), &pair, NULL), ERR_OK);
    expect_mode("pair", 0600);
    ck_assert_int_eq(key_files_load_topology(path_of("pair"), &again, NULL), ERR_OK);
    ck_assert(key_is_same(&again.own, &pair.own));
    ck_assert(key_is_same(&again.secret, &pair.secret));
    ck_assert(key_is_same(&again.server, &pair.own));
    tear_down();
}
END_TEST

START_TEST(public_files_hold_no_secret)
{
    set_up();
    struct keys cluster, client;
    char secret[KEY_TEXT_SIZE];
    char *bytes;
    size_t size;

    make();
    load_both(&cluster, &client);
    key_write(&client.secret, secret);
    ck_assert_int_eq(file_read(path_of("clients/client.pub"), 65536, &bytes, &size, NULL), ERR_OK);
    ck_assert_ptr_null(strstr(bytes, secret));
    free(bytes);
    key_write(&cluster.secret, secret);
    ck_assert_int_eq(file_read(path_of("client.key"), 65536, &bytes, &size, NULL), ERR_OK);
    ck_assert_ptr_null(strstr(bytes, secret));
    free(bytes);
    tear_down();
}
END_TEST

/* czmq installs handlers and starts threads when it makes a context: it must not make one. */
START_TEST(signals_and_threads_are_left_alone)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction before[COUNT_OF(signals)], after;
    struct keys cluster, client;
    char *bytes;
    size_t size;

    set_up();
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        ck_assert_int_eq(sigaction(signals[i], NULL, &before[i]), 0);
    make();
    load_both(&cluster, &client);
    ck_assert_int_eq(key_files_add(keys_folder, "ann", NULL), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        ck_assert_int_eq(sigaction(signals[i], NULL, &after), 0);
        ck_assert(after.sa_handler == before[i].sa_handler);
    }
    ck_assert_int_eq(file_read("/proc/self/status", 65536, &bytes, &size, NULL), ERR_OK);
    ck_assert_ptr_nonnull(strstr(bytes, "\nThreads:\t1\n"));
    free(bytes);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        keys_are_made_for_their_owner_alone,
        a_client_knows_the_cluster_and_the_cluster_lists_the_client,
        nothing_is_overwritten,
        further_clients_get_keys_of_their_own,
        names_that_could_be_paths_or_confuse_are_refused,
        a_secret_that_others_may_read_is_not_used,
        folders_that_others_may_change_are_not_used,
        files_that_are_no_keys_are_refused,
        the_cluster_key_is_none_of_a_client,
        damaged_public_keys_list_nobody,
        the_pair_of_a_topology_is_kept_for_one_reader,
        public_files_hold_no_secret,
        signals_and_threads_are_left_alone,
    };
    return suite_run("key_files", tests, COUNT_OF(tests));
}
