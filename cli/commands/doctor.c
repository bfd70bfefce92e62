/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale doctor`: looks at this machine and at the way to the cluster.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/io/beside.h"
#include "cli/io/link.h"
#include "cli/io/machine.h"
#include "cli/io/terminal.h"
#include "cli/io/up_broker.h"
#include "cli/io/up_folder.h"
#include "cli/io/words.h"
#include "cli/views/doctor_view.h"
#include "coord/root.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/paths.h"
#include "nimbus/client/io/asking.h"
#include "nimbus/client/io/pass.h"

#define USUAL_BROKERS "127.0.0.1:9092"
#define USUAL_UI      "127.0.0.1:8080"

enum {
    COORD_PORT = 2181,
    NIMBUS_PORT = 6627,
    BROKER_PORT = 9092,
    UI_PORT = 8080,
    BROKER_ANSWER_MS = 1000,
};

/* ---- programs ---- */

/* "gale-coord 0.1.0": what stands behind the last space. */
static void check_program(struct findings *findings, const char *name)
{
    AUTO(mem_free_text) char *path = beside_path(name);
    AUTO(mem_free_text) char *line = machine_version_of(path);
    const char *space = line == NULL ? NULL : strrchr(line, ' ');

    if (space == NULL)
        findings_add(findings, name, FINDING_FAIL, "install all programs of Gale into one folder",
                     "'%s' cannot be run", path);
    else
        doctor_judge_version(findings, name, GALE_VERSION, space + 1);
}

/* ---- limits and kernel ---- */

static void check_limits(struct findings *findings)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        doctor_judge_files(findings, limit.rlim_cur, limit.rlim_max);
    if (getrlimit(RLIMIT_NPROC, &limit) == 0)
        doctor_judge_processes(findings, limit.rlim_cur);
}

static void check_kernel(struct findings *findings)
{
    AUTO(mem_free_text) char *pattern = machine_line("/proc/sys/kernel/core_pattern");
    AUTO(mem_free_text) char *controllers = machine_line("/sys/fs/cgroup/cgroup.controllers");
    bool has_cgroup = controllers != NULL || access("/sys/fs/cgroup/cgroup.controllers", R_OK) == 0;
    struct utsname name;
    struct rlimit core = {.rlim_cur = 0};

    if (uname(&name) == 0)
        doctor_judge_kernel(findings, name.release);
    (void)getrlimit(RLIMIT_CORE, &core);
    doctor_judge_core_pattern(findings, pattern == NULL ? "" : pattern, core.rlim_cur);
    doctor_judge_cgroup(findings, has_cgroup && controllers == NULL ? "" : controllers);
}

static void check_machine(struct findings *findings)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    bool is_set = machine_clock_is_set();

    findings_add(findings, "cores", cores > 1 ? FINDING_OK : FINDING_WARN,
                 "workers and daemons will wait for each other", "%ld", cores);
    doctor_judge_memory(findings, machine_memory_available());
    findings_add(findings, "clock", is_set ? FINDING_OK : FINDING_WARN,
                 "let chrony or systemd-timesyncd set it: times in logs and lists will not agree",
                 is_set ? "the kernel says that something sets it"
                        : "the kernel does not know whether something sets it");
}

/* ---- disk ---- */

static void check_sync(struct findings *findings, const char *folder)
{
    uint64_t median_ns;

    if (machine_sync_time(folder, &median_ns))
        doctor_judge_sync(findings, folder, median_ns);
    else
        findings_add(findings, "disk sync", errno == EOPNOTSUPP ? FINDING_WARN : FINDING_FAIL,
                     "keep the state in a folder that can be written to, with --dir",
                     "cannot write in '%s': %s", folder,
                     /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                     strerror(errno));
}

static void check_disk(struct findings *findings, const char *given)
{
    AUTO(mem_free_text) char *wanted = given == NULL ? up_folder_usual() : mem_copy_text(given);
    AUTO(mem_free_text) char *folder = machine_existing(wanted);
    uint64_t free_bytes;

    if (machine_room(folder, &free_bytes))
        doctor_judge_room(findings, folder, free_bytes);
    check_sync(findings, folder);
}

/* ---- the cluster ---- */

/* Which is no fault if it is Gale who has it. */
static void check_port(struct findings *findings, const char *check, uint16_t port,
                       bool is_of_cluster)
{
    bool is_free = machine_port_is_free(port);

    findings_add(findings, check, is_free || is_of_cluster ? FINDING_OK : FINDING_WARN,
                 "'gale up' takes another one and says so; others need coord.listen, "
                 "nimbus.listen or broker.listen",
                 "%" PRIu16 " is %s", port,
                 is_free         ? "free"
                 : is_of_cluster ? "used by this cluster"
                                 : "used by something else");
}

static void check_supervisor(struct findings *findings, const json_t *supervisor)
{
    doctor_judge_version(findings, "supervisor", GALE_VERSION, answer_text(supervisor, "version"));
}

/* The same text for many supervisors helps nobody: those that differ are told, four at most. */
static void check_nodes(struct findings *findings, const json_t *answer)
{
    size_t count = answer_size(answer, "supervisors");
    size_t told = 0;

    findings_add(findings, "supervisors", count > 0 ? FINDING_OK : FINDING_WARN,
                 "start gale-supervisor on the machines that are to run workers", "%zu", count);
    for (size_t i = 0; i < count && told < 4; i++) {
        const json_t *supervisor = answer_item(answer, "supervisors", i);

        if (strcmp(answer_text(supervisor, "version"), GALE_VERSION) == 0)
            continue;
        check_supervisor(findings, supervisor);
        told++;
    }
}

static void ask_nodes(struct findings *findings, struct asking *asking, uint64_t deadline_ns)
{
    struct question question = {.op = "cluster.nodes"};
    struct asked asked;

    if (asking_ask(asking, &question, deadline_ns, &asked) != ERR_OK)
        return;
    if (asked.answer.ok != NULL)
        check_nodes(findings, asked.answer.ok);
    asked_done(&asked);
}

static void check_nimbus(struct findings *findings, const struct link *link, const char *address,
                         const struct pass *pass)
{
    struct question question = {.op = "info"};
    uint64_t deadline_ns = clock_now_ns() + link->timeout_ms * 1000000;
    struct asking asking;
    struct asked asked;
    struct error error;

    if (asking_open(address, pass_keys(pass), -1, &asking, &error) != ERR_OK) {
        findings_add(findings, "nimbus", FINDING_FAIL, "correct nimbus.listen and nimbus.host",
                     "%s", error.text);
        return;
    }
    if (asking_ask(&asking, &question, deadline_ns, &asked) != ERR_OK) {
        const char *trouble = asking_trouble(&asking);
        findings_add(findings, "nimbus", FINDING_FAIL,
                     trouble == NULL ? "look into the log of gale-nimbus"
                                     : "set cluster.client to the file of your key",
                     "the one that leads does not answer at %s%s%s", address,
                     trouble == NULL ? "" : ": ", trouble == NULL ? "" : trouble);
    } else {
        findings_add(findings, "nimbus", FINDING_OK, NULL, "answers at %s", address);
        doctor_judge_version(findings, "nimbus version", GALE_VERSION,
                             answer_text(asked.answer.ok, "version"));
        asked_done(&asked);
        ask_nodes(findings, &asking, deadline_ns);
    }
    asking_close(&asking);
}

/* NULL if nobody has led yet, or it cannot be found out. */
static char *find_leader(struct link *link)
{
    AUTO(mem_free_text) char *root = root_new(link->coord.root);
    AUTO(mem_free_text) char *path = root_join(root, PATHS_LEADER);
    struct coord_call call = {.kind = COORD_GET, .path = path};
    struct coord_event answer;
    struct leader_state leader;
    char *address = NULL;

    if (link_connect(link) != EXIT_CODE_DONE || link_ask(link, &call, &answer) != EXIT_CODE_DONE)
        return NULL;
    if (answer.error == COORD_OK &&
        leader_state_decode(answer.data, answer.size, &leader, NULL) == ERR_OK) {
        address = mem_copy_text(leader.nimbus.address);
        leader_state_done(&leader);
    }
    coord_event_done(&answer);
    return address;
}

/* True if coord answers. */
static bool check_coord(struct findings *findings, struct link *link)
{
    struct error error;

    enum err err = words_probe(&link->servers, link->deadline_ns, &error);
    if (err == ERR_OK)
        findings_add(findings, "coord", FINDING_OK, NULL, "answers at %s", link->coord.servers);
    else
        findings_add(findings, "coord", FINDING_WARN,
                     "start a cluster with 'gale up', or say with --server where it is",
                     "no cluster: %s", error.text);
    return err == ERR_OK;
}

static void check_keys_and_nimbus(struct findings *findings, const struct link *link,
                                  const char *address)
{
    struct pass pass;
    struct error error;

    if (pass_load(link->settings, &pass, &error) == ERR_OK)
        check_nimbus(findings, link, address, &pass);
    else
        findings_add(findings, "keys", FINDING_FAIL, "correct cluster.client or cluster.keys", "%s",
                     error.text);
}

/* True if a broker answers where topologies look for the log. */
static bool check_log(struct findings *findings, const struct link *link)
{
    const struct setting *setting = settings_find(link->settings, "log.brokers");
    const char *brokers = setting == NULL ? USUAL_BROKERS : setting->value;
    bool answers = up_broker_answers(brokers, BROKER_ANSWER_MS);

    findings_add(findings, "log", answers ? FINDING_OK : FINDING_WARN,
                 "topologies that read or write the log need one: 'gale up' starts it, or say with "
                 "log.brokers where it is",
                 answers ? "answers at %s" : "no broker answers at %s", brokers);
    return answers;
}

/* True if something listens where the page is. */
static bool check_ui(struct findings *findings, const struct link *link)
{
    const struct setting *setting = settings_find(link->settings, "ui.listen");
    const char *listen = setting == NULL ? USUAL_UI : setting->value;
    struct server_list servers;
    struct error error;

    bool answers = servers_parse(listen, &servers, &error) == ERR_OK &&
                   words_probe(&servers, link->deadline_ns, &error) == ERR_OK;
    findings_add(findings, "ui", answers ? FINDING_OK : FINDING_WARN,
                 "for the web page: 'gale up' starts it, or say with ui.listen where it is",
                 answers ? "http://%s" : "no page at http://%s", listen);
    return answers;
}

static void check_cluster(struct findings *findings, struct link *link)
{
    const char *given = options_value(link->options, OPTION_NIMBUS);
    bool has_coord = check_coord(findings, link);
    bool has_log = check_log(findings, link);
    bool has_ui = check_ui(findings, link);
    AUTO(mem_free_text)
    char *leader = given != NULL ? mem_copy_text(given) : has_coord ? find_leader(link) : NULL;

    if (leader != NULL)
        check_keys_and_nimbus(findings, link, leader);
    else if (has_coord)
        findings_add(findings, "nimbus", FINDING_FAIL, "start gale-nimbus, or look into its log",
                     "none leads");
    check_port(findings, "port of coord", COORD_PORT, has_coord);
    check_port(findings, "port of nimbus", NIMBUS_PORT, leader != NULL);
    check_port(findings, "port of the log", BROKER_PORT, has_log);
    check_port(findings, "port of the page", UI_PORT, has_ui);
}

/* ---- the command ---- */

static enum exit_code show(const struct findings *findings, const struct options *options)
{
    bool is_good = findings_worst(findings) != FINDING_FAIL;
    struct text text;

    text_init(&text);
    if (options_has(options, OPTION_JSON))
        doctor_view_json(findings, &text);
    else
        doctor_view_render(findings, &text, terminal_style(stdout));
    bool is_written = terminal_write(&text);
    text_done(&text);
    return is_written && is_good ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

enum exit_code command_doctor(const struct options *options)
{
    static const char *const programs[] = {"gale-coord", "gale-nimbus",     "gale-broker",
                                           "gale-ui",    "gale-supervisor", "gale-worker"};
    struct findings findings = {.count = 0};
    struct link link;

    enum exit_code code = link_init_to_nimbus(&link, options);
    if (code == EXIT_CODE_DONE) {
        for (size_t i = 0; i < COUNT_OF(programs); i++)
            check_program(&findings, programs[i]);
        check_limits(&findings);
        check_kernel(&findings);
        check_machine(&findings);
        check_disk(&findings, options_value(options, OPTION_DIR));
        link_begin_wait(&link);
        check_cluster(&findings, &link);
        code = show(&findings, options);
    }
    findings_done(&findings);
    link_done(&link);
    return code;
}
