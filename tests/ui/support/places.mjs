// SPDX-License-Identifier: Apache-2.0
// Every page there is, and what must stand on it of the simulated cluster.
export const TABS = ['graph', 'components', 'hot', 'tasks', 'workers', 'streams', 'errors', 'logs', 'samples', 'settings', 'history'];

export const PLACES = [
  ['/', 'word-count-log'],
  ...TABS.map((tab) => [`/topologies/orders?tab=${tab}`, 'orders']),
  ['/topologies/orders/components/enrich', 'enrich'],
  ['/topologies/orders/components/enrich/tasks/1', 'enrich'],
  ['/workers/supervisor-1/0', 'supervisor-1'],
  ['/plan', 'supervisor-1'],
  ['/nodes', 'supervisor-3'],
  ['/log/topics', 'word-count-log.reader'],
  ['/log/topics?tab=groups', 'night-report'],
  ['/log/topics/orders', 'customer-'],
  ['/log/topics/orders?tab=partitions', 'next offset'],
  ['/log/topics/orders?tab=groups', 'orders.orders'],
  ['/log/topics/orders?tab=configs', 'retention.ms'],
  ['/log/groups/orders.orders', 'committed'],
  ['/coord', 'supervisors'],
  ['/coord?path=/nimbus/leader', '127.0.0.1:6627'],
  ['/logs', 'word-count-log'],
  ['/logs/orders-1-1795000000', 'worker.log'],
  ['/logs/orders-1-1795000000/supervisor-2/1/worker.log', 'line='],
  ['/events', 'is submitted'],
  ['/settings', 'ui.listen'],
  ['/help', 'bottleneck'],
  ['/no/such/page', 'There is no such page'],
];
