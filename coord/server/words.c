/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/words.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "coord/server/words_list.h"

enum {
    US_PER_MS = 1000,
    AVERAGE_PARTS = 10000, /* in one ms */
};

static const char *known(const char *text)
{
    return text == NULL ? "<NA>" : text;
}

/* As Java prints a number that was rounded to four places: "0.0", "1.9576", "2.5". */
static void put_average(struct text *out, const struct words_latency *latency)
{
    uint64_t parts = 0;

    if (latency->count > 0)
        parts =
            (latency->total_us * (AVERAGE_PARTS / US_PER_MS) + latency->count / 2) / latency->count;
    char places[8];
    uint64_t rest = parts % AVERAGE_PARTS;
    size_t count = 4;
    for (size_t i = count; i > 0; i--) {
        places[i - 1] = (char)('0' + rest % 10);
        rest /= 10;
    }
    while (count > 1 && places[count - 1] == '0')
        count--;
    text_add(out, "%" PRIu64 ".%.*s", parts / AVERAGE_PARTS, (int)count, places);
}

/* ---- srvr, stat ----------------------------------------------------------------------------- */

static void put_version(const struct words_facts *facts, struct text *out)
{
    text_add(out, "Zookeeper version: %s\n", known(facts->version));
}

static void put_statistics(const struct words_facts *facts, struct text *out)
{
    text_add(out, "Latency min/avg/max: %" PRIu64 "/", facts->latency.min_us / US_PER_MS);
    put_average(out, &facts->latency);
    text_add(out, "/%" PRIu64 "\n", facts->latency.max_us / US_PER_MS);
    text_add(out, "Received: %" PRIu64 "\n", facts->received);
    text_add(out, "Sent: %" PRIu64 "\n", facts->sent);
    text_add(out, "Connections: %zu\n", facts->connections);
    text_add(out, "Outstanding: %" PRIu64 "\n", facts->outstanding);
    text_add(out, "Zxid: 0x%" PRIx64 "\n", (uint64_t)facts->zxid);
    text_add(out, "Mode: %s\n", known(facts->mode));
    text_add(out, "Node count: %zu\n", facts->nodes);
}

static void answer_srvr(const struct words_facts *facts, struct text *out)
{
    put_version(facts, out);
    put_statistics(facts, out);
}

static void answer_stat(const struct words_facts *facts, struct text *out)
{
    put_version(facts, out);
    words_list_clients(facts, out);
    put_statistics(facts, out);
}

/* ---- mntr ----------------------------------------------------------------------------------- */

static void put_monitored(struct text *out, const char *name, uint64_t value)
{
    text_add(out, "zk_%s\t%" PRIu64 "\n", name, value);
}

/* Left out if it is not known. */
static void put_if_known(struct text *out, const char *name, int64_t value)
{
    if (value >= 0)
        put_monitored(out, name, (uint64_t)value);
}

static void put_monitored_average(struct text *out, const char *name,
                                  const struct words_latency *latency)
{
    text_add(out, "zk_%s\t", name);
    put_average(out, latency);
    text_add(out, "\n");
}

static void put_commits(struct text *out, const struct words_latency *commit)
{
    put_monitored_average(out, "avg_fsynctime", commit);
    put_monitored(out, "min_fsynctime", commit->min_us / US_PER_MS);
    put_monitored(out, "max_fsynctime", commit->max_us / US_PER_MS);
    put_monitored(out, "cnt_fsynctime", commit->count);
    put_monitored(out, "sum_fsynctime", commit->total_us / US_PER_MS);
}

static void answer_mntr(const struct words_facts *facts, struct text *out)
{
    text_add(out, "zk_version\t%s\n", known(facts->version));
    text_add(out, "zk_server_state\t%s\n", known(facts->mode));
    put_monitored(out, "uptime", facts->uptime_ms);
    put_monitored_average(out, "avg_latency", &facts->latency);
    put_monitored(out, "min_latency", facts->latency.min_us / US_PER_MS);
    put_monitored(out, "max_latency", facts->latency.max_us / US_PER_MS);
    put_monitored(out, "packets_received", facts->received);
    put_monitored(out, "packets_sent", facts->sent);
    put_monitored(out, "num_alive_connections", facts->connections);
    put_monitored(out, "outstanding_requests", facts->outstanding);
    put_monitored(out, "znode_count", facts->nodes);
    put_monitored(out, "watch_count", facts->watches.watches);
    put_monitored(out, "ephemerals_count", facts->ephemerals);
    put_monitored(out, "approximate_data_size", facts->data_size);
    put_monitored(out, "global_sessions", facts->sessions);
    put_monitored(out, "local_sessions", 0);
    put_if_known(out, "open_file_descriptor_count", facts->files_open);
    put_if_known(out, "max_file_descriptor_count", facts->files_max);
    put_monitored(out, "stale_sessions_expired", facts->sessions_expired);
    put_monitored(out, "connection_rejected", facts->connections_refused);
    put_monitored(out, "auth_failed_count", facts->auth_failures);
    put_commits(out, &facts->commit);
}

/* ---- the small ones ------------------------------------------------------------------------- */

static void answer_ruok(const struct words_facts *facts, struct text *out)
{
    (void)facts;
    text_add(out, "imok");
}

static void answer_isro(const struct words_facts *facts, struct text *out)
{
    text_add(out, facts->is_read_only ? "ro" : "rw");
}

static void answer_wchs(const struct words_facts *facts, struct text *out)
{
    text_add(out, "%zu connections watching %zu paths\n", facts->watches.watchers,
             facts->watches.paths);
    text_add(out, "Total watches:%zu\n", facts->watches.watches);
}

/* Log and snapshots are one here. */
static void answer_dirs(const struct words_facts *facts, struct text *out)
{
    text_add(out, "datadir_size: %" PRIu64 "\n", facts->data_folder_size);
    text_add(out, "logdir_size: %" PRIu64 "\n", facts->data_folder_size);
}

static void answer_conf(const struct words_facts *facts, struct text *out)
{
    text_add(out, "clientPort=%u\n", (unsigned)facts->port);
    text_add(out, "secureClientPort=-1\n");
    text_add(out, "dataDir=%s\n", known(facts->data_folder));
    text_add(out, "dataDirSize=%" PRIu64 "\n", facts->data_folder_size);
    text_add(out, "dataLogDir=%s\n", known(facts->data_folder));
    text_add(out, "dataLogSize=%" PRIu64 "\n", facts->data_folder_size);
    text_add(out, "tickTime=%" PRIu32 "\n", facts->tick_ms);
    text_add(out, "maxClientCnxns=%zu\n", facts->connections_per_address_max);
    text_add(out, "minSessionTimeout=%" PRIu32 "\n", facts->timeout_min_ms);
    text_add(out, "maxSessionTimeout=%" PRIu32 "\n", facts->timeout_max_ms);
    text_add(out, "clientPortListenBacklog=-1\n");
    text_add(out, "serverId=0\n"); /* of no ensemble */
}

static void answer_envi(const struct words_facts *facts, struct text *out)
{
    text_add(out, "Environment:\n");
    text_add(out, "zookeeper.version=%s\n", known(facts->version));
    text_add(out, "host.name=%s\n", known(facts->host_name));
    text_add(out, "os.name=%s\n", known(facts->os_name));
    text_add(out, "os.arch=%s\n", known(facts->os_architecture));
    text_add(out, "os.version=%s\n", known(facts->os_version));
    text_add(out, "user.name=%s\n", known(facts->user_name));
    text_add(out, "user.home=%s\n", known(facts->user_home));
    text_add(out, "user.dir=%s\n", known(facts->working_folder));
}

/* ---- the words ------------------------------------------------------------------------------ */

struct word {
    char name[WORDS_SIZE + 1];
    void (*answer)(const struct words_facts *facts, struct text *out); /* NULL: never allowed */
    bool needs_machine; /* see words_needs_machine() */
};

/* All that ZooKeeper knows. Those that change something, or are about its insides, are not served. */
static const struct word words[] = {
    {"conf", answer_conf, true},
    {"cons", words_list_cons, false},
    {"crst", NULL, false},
    {"dirs", answer_dirs, true},
    {"dump", words_list_dump, false},
    {"envi", answer_envi, true},
    {"gtmk", NULL, false},
    {"hash", NULL, false},
    {"isro", answer_isro, false},
    {"mntr", answer_mntr, true},
    {"ruok", answer_ruok, false},
    {"srst", NULL, false},
    {"srvr", answer_srvr, false},
    {"stat", answer_stat, false},
    {"stmk", NULL, false},
    {"wchc", words_list_wchc, false},
    {"wchp", words_list_wchp, false},
    {"wchs", answer_wchs, false},
};

static const struct word *find(const char name[WORDS_SIZE])
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (memcmp(words[i].name, name, WORDS_SIZE) == 0)
            return &words[i];
    return NULL;
}

bool words_is_known(const char word[WORDS_SIZE])
{
    return find(word) != NULL;
}

bool words_needs_machine(const char word[WORDS_SIZE])
{
    const struct word *found = find(word);

    return found != NULL && found->needs_machine;
}

static bool is_space(char character)
{
    return character == ' ' || character == '\t';
}

/* Whether one item of a list is the word or stands for all. */
static bool is_item(const char *item, size_t size, const char word[WORDS_SIZE])
{
    while (size > 0 && is_space(item[size - 1]))
        size--;
    while (size > 0 && is_space(*item)) {
        item++;
        size--;
    }
    if (size == 1 && *item == '*')
        return true;
    return size == WORDS_SIZE && memcmp(item, word, WORDS_SIZE) == 0;
}

bool words_allow(const char *list, const char word[WORDS_SIZE])
{
    if (memcmp(word, "srvr", WORDS_SIZE) == 0)
        return true; /* ZooKeeper's own scripts depend on it */
    while (list != NULL) {
        const char *comma = strchr(list, ',');
        size_t size = comma == NULL ? strlen(list) : (size_t)(comma - list);
        if (is_item(list, size, word))
            return true;
        list = comma == NULL ? NULL : comma + 1;
    }
    return false;
}

bool words_answer(const char word[WORDS_SIZE], const struct words_facts *facts, struct text *out)
{
    const struct word *found = find(word);

    if (found == NULL)
        return false;
    if (found->answer == NULL || !words_allow(facts->allowed, word))
        text_add(out, "%s is not executed because it is not in the whitelist.\n", found->name);
    else
        found->answer(facts, out);
    return true;
}
