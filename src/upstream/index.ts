import { hostname } from 'node:os'
import { tagSegment } from '../event/tag.js'
import { defineSource, each } from '../sources/kind.js'
import type { SourceDefinition } from '../sources/source.js'
import { counter, gauge } from '../types/metric.js'
import { type UpstreamConfig, upstreamsConfig } from './config.js'
import type { DialOf } from './dial.js'
import { Forwarded } from './forwarded.js'
import { UpstreamSource } from './source.js'
import { UpstreamState } from './state.js'

const metrics = {
  tocsin_upstream_up: gauge(
    '1',
    '1 while this hub is connected to the upstream; none while another hub of the cluster forwards.',
    ['upstream'],
  ),
  tocsin_upstream_forwarded_events_total: counter('events', 'Events accepted there since the start.', [
    'upstream',
  ]),
  tocsin_upstream_returned_events_total: counter(
    'events',
    'Events that were not forwarded because they had been there.',
    ['upstream'],
  ),
  tocsin_upstream_waiting_events: gauge('events', 'Events that are not forwarded yet, at most.', [
    'upstream',
  ]),
  tocsin_upstream_lag_seconds: gauge('seconds', 'How long the first of these events has waited.', [
    'upstream',
  ]),
}

/** Defines a source that forwards events to another hub. `dialOf`: connects to one of its addresses. */
export function upstreamSource(config: UpstreamConfig, dialOf?: DialOf): SourceDefinition {
  const state = new UpstreamState()
  const forwarded = new Forwarded(config.name, config.filter, () => state.reason)
  return {
    name: `upstream/${config.name}`,
    origin: `hub/${tagSegment(hostname())}`,
    tags: 'hub/upstream',
    once: true,
    forwarded,
    create: () => new UpstreamSource(config, { state, forwarded }, dialOf),
    samples: () => state.samples(config.name),
  }
}

/** An upstream, which forwards events to other hubs, runs as a source does. */
export const upstreams = defineSource({
  name: 'upstreams',
  config: upstreamsConfig
    .default([])
    .describe('Hubs to which this one forwards events, as an edge of their fleet.'),
  metrics,
  open: each((config: UpstreamConfig) => upstreamSource(config)),
})
