// SPDX-License-Identifier: Apache-2.0
// One scenario with kafkajs against the brokers that are named: node client.mjs SCENARIO BROKERS NAME.
// Writes what it found as one line of JSON; ends with 1 and says why if something failed.

import kafkajs from "kafkajs";

const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs;
const [scenario, brokers, name] = process.argv.slice(2);
const kafka = new Kafka({
  clientId: "e2e",
  brokers: brokers.split(","),
  logLevel: logLevel.ERROR,
  retry: { retries: 3 },
});

const connected = async (client, use) => {
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.disconnect();
  }
};

// Reads until `count` messages have come, and gives them in their order.
const collect = (consumer, count) =>
  new Promise((resolve, reject) => {
    const messages = [];
    consumer.on(consumer.events.CRASH, (event) => reject(event.payload.error));
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          messages.push({
            partition,
            offset: Number(message.offset),
            key: message.key?.toString() ?? null,
            value: message.value.toString(),
            headers: Object.fromEntries(
              Object.entries(message.headers).map(([key, value]) => [key, value.toString()]),
            ),
          });
          if (messages.length === count) resolve(messages);
        },
      })
      .catch(reject);
  });

const values = (count) => Array.from({ length: count }, (_, i) => `value ${i}`);

const scenarios = {
  // Creates a topic, looks at it, gives it partitions and configs, deletes it.
  async admin() {
    return connected(kafka.admin(), async (admin) => {
      const created = await admin.createTopics({
        topics: [
          {
            topic: name,
            numPartitions: 2,
            configEntries: [{ name: "retention.ms", value: "60000" }],
          },
        ],
      });
      const again = await admin.createTopics({ topics: [{ topic: name }] });
      await admin.createPartitions({ topicPartitions: [{ topic: name, count: 3 }] });
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name,
            configEntries: [{ name: "cleanup.policy", value: "compact" }],
          },
        ],
      });
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name }],
      });
      const configs = Object.fromEntries(
        resources[0].configEntries
          .filter((entry) => entry.configSource === 1)
          .map((entry) => [entry.configName, entry.configValue]),
      );
      const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
      const offsets = await admin.fetchTopicOffsets(name);
      const cluster = await admin.describeCluster();
      const listed = (await admin.listTopics()).includes(name);
      await admin.deleteTopics({ topics: [name] });
      return {
        created,
        again,
        configs,
        partitions: topics[0].partitions.length,
        offsets: offsets.map((one) => [one.partition, one.low, one.high]).sort(),
        brokers: cluster.brokers.length,
        listed,
        left: (await admin.listTopics()).includes(name),
      };
    });
  },

  // Writes with keys, headers and each way that this client compresses, and reads all of it.
  async produce() {
    await connected(kafka.producer(), async (producer) => {
      for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
        await producer.send({
          topic: name,
          compression,
          acks: -1,
          messages: values(50).map((value, i) => ({
            key: `key ${i % 5}`,
            value,
            headers: { from: "kafkajs" },
          })),
        });
      }
      await producer.send({ topic: name, acks: 0, messages: [{ value: "unacknowledged" }] });
    });
    const consumer = kafka.consumer({ groupId: `${name}-readers`, maxWaitTimeInMs: 200 });
    return connected(consumer, async () => {
      await consumer.subscribe({ topic: name, fromBeginning: true });
      return collect(consumer, 101);
    });
  },

  // An idempotent producer, one request at a time.
  async idempotent() {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    return connected(producer, async () => {
      const written = [];
      for (const value of values(20)) {
        const [report] = await producer.send({
          topic: name,
          acks: -1,
          messages: [{ partition: 0, value }],
        });
        written.push(Number(report.baseOffset));
      }
      return written;
    });
  },

  // Two members share the partitions; when one leaves, the other has all of them.
  async group() {
    const assigned = new Map();
    const members = ["a", "b"].map((id) => {
      const member = kafka.consumer({
        groupId: `${name}-group`,
        sessionTimeout: 10000,
        heartbeatInterval: 500,
        maxWaitTimeInMs: 200, // it leaves when its last question is answered
      });
      member.on(member.events.GROUP_JOIN, ({ payload }) =>
        assigned.set(id, payload.memberAssignment[name] ?? []),
      );
      return [id, member];
    });
    const until = async (condition) => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve));
    };
    const count = (id) => assigned.get(id)?.length ?? 0;
    const seen = [];

    for (const [, member] of members) {
      await member.connect();
      await member.subscribe({ topic: name, fromBeginning: true });
      await member.run({
        eachMessage: async ({ message }) => void seen.push(message.value.toString()),
      });
    }
    await until(() => count("a") + count("b") === 3 && count("a") > 0 && count("b") > 0);
    const shared = [count("a"), count("b")].sort();
    await connected(kafka.producer(), (producer) =>
      producer.send({ topic: name, messages: values(30).map((value) => ({ value })) }),
    );
    await until(() => seen.length === 30);
    const described = await connected(kafka.admin(), (admin) =>
      admin.describeGroups([`${name}-group`]),
    );
    await members[1][1].disconnect();
    assigned.delete("b");
    await until(() => count("a") === 3);
    await members[0][1].disconnect();
    return {
      shared,
      seen: seen.sort(),
      state: described.groups[0].state,
      members: described.groups[0].members.length,
    };
  },

  // Commits, resets and deletes offsets of a group as an operator does.
  async offsets() {
    const groupId = `${name}-offsets`;

    await connected(kafka.producer(), (producer) =>
      producer.send({
        topic: name,
        messages: values(10).map((value) => ({ partition: 0, value })),
      }),
    );
    return connected(kafka.admin(), async (admin) => {
      await admin.setOffsets({
        groupId,
        topic: name,
        partitions: [{ partition: 0, offset: "7" }],
      });
      const [set] = await admin.fetchOffsets({ groupId, topics: [name] });
      await admin.resetOffsets({ groupId, topic: name, earliest: true });
      const [reset] = await admin.fetchOffsets({ groupId, topics: [name], resolveOffsets: true });
      await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: "4" }] });
      const offsets = await admin.fetchTopicOffsets(name);
      const listed = (await admin.listGroups()).groups.some((one) => one.groupId === groupId);
      await admin.deleteGroups([groupId]);
      const left = (await admin.listGroups()).groups.some((one) => one.groupId === groupId);
      const find = (list) => list.find((one) => one.partition === 0);
      return {
        set: find(set.partitions).offset,
        reset: find(reset.partitions).offset,
        low: find(offsets).low,
        high: find(offsets).high,
        listed,
        left,
      };
    });
  },
};

try {
  console.log(JSON.stringify(await scenarios[scenario]()));
} catch (error) {
  console.error(error.stack ?? String(error));
  process.exit(1);
}
