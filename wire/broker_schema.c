/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/broker_schema.h"

#include "base/mem.h"

#define KIB    1024.0
#define MIB    (1024.0 * KIB)
#define GIB    (1024.0 * MIB)
#define TIB    (1024.0 * GIB)
#define DAY_S  86400.0
#define DAY_MS (DAY_S * 1000)

static const struct setting_spec specs[] = {
    {"broker.listen", SETTING_TEXT, "127.0.0.1:9092", 3, 300,
     "address and port to serve; port 0: any free one"},
    {"broker.public", SETTING_BOOL, "false", 0, 0,
     "allow an address that other machines reach; nothing is encrypted"},
    {"broker.advertised", SETTING_TEXT, "", 0, 300,
     "host:port by which clients reach the broker; empty: as each of them came"},
    {"broker.data", SETTING_TEXT, "", 0, 4000, "folder that keeps the log"},
    {"broker.id", SETTING_U64, "0", 0, 2147483647, "number of this broker"},
    {"broker.register", SETTING_BOOL, "true", 0, 0,
     "keep broker and topics in the cluster state (coord.servers), too"},
    {"broker.log.level", SETTING_TEXT, "info", 0, 0, "debug, info, warn or error"},
    {"broker.connections.max", SETTING_U64, "1024", 1, 1e6, "connections at a time"},
    {"broker.connections.idle.secs", SETTING_DURATION_S, "600", 1, DAY_S,
     "a connection on which nothing comes for so long is closed"},
    {"broker.request.bytes.max", SETTING_BYTES, "100MiB", 64 * KIB, GIB, "largest request"},
    {"broker.request.stall.secs", SETTING_DURATION_S, "30", 1, 3600,
     "a client that stops in the middle of a request is disconnected after this"},
    {"broker.inflight.bytes.max", SETTING_BYTES, "256MiB", MIB, TIB,
     "requests in memory, of all clients; beyond it they wait in their connections"},
    {"broker.inflight.requests.max", SETTING_U64, "256", 1, 1e6,
     "requests of one connection that wait for their answers"},
    {"broker.fetch.bytes.max", SETTING_BYTES, "55MiB", KIB, GIB, "largest answer to a fetch"},
    {"broker.disk.free.min", SETTING_BYTES, "256MiB", 0, 1024 * TIB,
     "with less room on the disk writes are refused, and reads go on"},
    {"broker.files.max", SETTING_U64, "1024", 16, 1e6, "files of segments that are kept open"},
    {"broker.topics.max", SETTING_U64, "10000", 1, 1e6, "topics that there may be"},
    {"broker.partitions.max", SETTING_U64, "100000", 1, 1e6, "partitions of all topics"},
    {"broker.producers.max", SETTING_U64, "10000", 1, 10000,
     "idempotent producers that a partition remembers"},
    {"broker.producer.expiry.secs", SETTING_DURATION_S, "86400", 1, 365 * DAY_S,
     "an idempotent producer that is silent for so long is forgotten"},
    {"log.partitions", SETTING_U64, "1", 1, 10000, "of a topic, if nobody says how many"},
    {"log.auto.create.topics", SETTING_BOOL, "true", 0, 0,
     "a topic that a producer asks for is created"},
    {"log.segment.bytes", SETTING_BYTES, "1GiB", 4 * KIB, 2 * GIB - 1, "size of a segment"},
    {"log.segment.ms", SETTING_U64, "604800000", 1, 36500 * DAY_MS,
     "time that a segment covers at most"},
    {"log.retention.ms", SETTING_TEXT, "604800000", 1, 20,
     "segments whose records are all older are deleted; -1: never"},
    {"log.retention.bytes", SETTING_TEXT, "-1", 1, 20,
     "oldest segments go while a partition is larger; -1: never"},
    {"log.retention.check.secs", SETTING_DURATION_S, "60", 0.01, DAY_S,
     "how often retention is looked at"},
    {"log.message.bytes.max", SETTING_BYTES, "1048588", KIB, GIB, "largest batch of records"},
    {"log.index.interval.bytes", SETTING_BYTES, "4096", 1, GIB,
     "so much log lies between two entries of an index"},
    {"log.flush", SETTING_TEXT, "interval", 1, 20,
     "always: a write is answered when it is on the disk; interval: when the system has it"},
    {"log.flush.ms", SETTING_U64, "1000", 1, DAY_MS,
     "what was written is put on the disk after this at the latest"},
    {"log.flush.bytes", SETTING_BYTES, "64MiB", 4 * KIB, TIB,
     "or when a partition has so much that is not there yet"},
    {"log.cleaner.check.secs", SETTING_DURATION_S, "15", 0.01, DAY_S,
     "how often compacted topics are looked at"},
    {"log.cleaner.bytes.max", SETTING_BYTES, "64MiB", MIB, 16 * GIB,
     "memory that a compaction takes for the keys"},
    {"log.delete.retention.ms", SETTING_U64, "86400000", 0, 36500 * DAY_MS,
     "a compacted topic keeps deletions for so long"},
    {"broker.group.initial.rebalance.delay.ms", SETTING_U64, "500", 0, 300000,
     "the first member of a group waits so long for others"},
    {"broker.group.session.min.ms", SETTING_U64, "6000", 1, DAY_MS,
     "shortest session that a member may ask for"},
    {"broker.group.session.max.ms", SETTING_U64, "1800000", 1, DAY_MS,
     "longest session that a member may ask for"},
    {"broker.group.offsets.retention.secs", SETTING_DURATION_S, "604800", 1, 36500 * DAY_S,
     "offsets of a group without members are kept for so long"},
    {"broker.group.count.max", SETTING_U64, "10000", 1, 1e6, "groups that there may be"},
    {"broker.group.members.max", SETTING_U64, "1000", 1, 1e6, "members of one group"},
    {"broker.group.offsets.max", SETTING_U64, "100000", 1, 1e7, "offsets that a group commits"},
};

const struct setting_spec *broker_schema_specs(size_t *ret_count)
{
    *ret_count = COUNT_OF(specs);
    return specs;
}
