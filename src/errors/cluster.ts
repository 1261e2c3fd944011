import { area, entry } from './area.js'

export const clusterErrors = area('Hubs that share a log', {
  TCN_CLUSTER_NO_PRIMARY: entry(
    503,
    'no primary hub has stored the event in time',
    'Repeat the event under the same producer and counter, or the request with the same Idempotency-Key: it is stored once, and the answer is true. The clients do so by themselves. Without them it is not known whether the event is stored. `tocsin status` shows the hubs of the cluster and what keeps them from storing events.',
  ),
  TCN_CLUSTER_BEHIND: entry(
    503,
    'this hub does not have the newest events of the cluster yet, and so does not know what a publisher has stored, or where a reader is',
    'Connect again, or to another hub. `tocsin cluster nodes` shows which hubs are behind, and `tocsin cluster status` whether NATS answers.',
  ),
  TCN_CLUSTER_NONE: entry(
    409,
    'this hub has a log of its own',
    'Ask a hub whose configuration has `log.engine: jetstream`.',
  ),
  TCN_CLUSTER_NAME: entry(
    409,
    'another hub of the cluster has the same name',
    'Give each hub a `cluster.name` of its own; without one, it is the name of the host.',
  ),
  TCN_CLUSTER_ALONE: entry(
    409,
    'no other hub of the cluster can be the primary',
    'Start another hub first: `tocsin status` shows those that are alive.',
  ),
  TCN_CLUSTER_NO_ANSWER: entry(
    504,
    'another hub of the cluster has not answered',
    'List the hubs that run with `tocsin doctor`. Ask the hub itself, with its address: `tocsin status --here --url <address>`.',
  ),
  TCN_CLUSTER_ANSWER_TOO_LARGE: entry(
    502,
    'the answer of another hub of the cluster is too large for one message of NATS',
    'Ask that hub itself, with its address: `tocsin who --here --url <address>`.',
  ),
  TCN_CLUSTER_HUB_UNKNOWN: entry(
    404,
    'no hub of the cluster has this name',
    'List the hubs that are alive with `tocsin cluster nodes`.',
  ),
})
