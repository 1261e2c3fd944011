import { hostMetrics } from '../../hosts/metrics.js'
import { ruleMetrics } from '../../rules/metrics.js'
import { sinkMetrics } from '../../sinks/metrics.js'
import { counter, gauge, type MetricEntry } from '../../types/metric.js'
import { definitions } from '../parts/definitions.js'

/** The metrics of the hub itself. */
const hubMetrics = {
  tocsin_build_info: gauge('1', 'Version of the hub and of Node.js, engine of the log.', [
    'version',
    'node',
    'engine',
  ]),
  tocsin_events_accepted_total: counter('events', 'Events stored since the start.'),
  tocsin_events_delivered_total: counter('events', 'Events handed to subscribers since the start.'),
  tocsin_events_refused_total: counter('events', 'Events of publishers refused since the start.'),
  tocsin_events_skipped_total: counter(
    'events',
    'Events not delivered to subscribers with the lag policy skip since the start.',
  ),
  tocsin_events_lost_total: counter('events', 'Events that sources reported as lost since the start.'),
  tocsin_publish_latency_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: [],
    help: 'From storing the first event of a tick to handing it out and acknowledging it; one value a tick.',
  },
  tocsin_event_loop_stalls_total: counter(
    'stalls',
    'Turns of the event loop over 100 ms, by the work that took most of the turn, and the principal it was for.',
    ['face', 'work', 'principal'],
  ),
  tocsin_event_loop_stall_seconds_total: counter('seconds', 'Duration of these turns.', [
    'face',
    'work',
    'principal',
  ]),
  tocsin_part_faults_total: counter(
    'faults',
    'How often a source, sink, rule, face, job or the upkeep of the log has thrown something, after which it was started again.',
    ['kind', 'part'],
  ),
  tocsin_connections_cut_total: counter(
    'connections',
    'Connections that the hub has ended because their peers sent more than they may.',
    ['face', 'protocol'],
  ),
  tocsin_event_loop_turn_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: ['part'],
    help: 'Processor time of each turn of the event loop, by the part of the hub that took most of the turn.',
  },
  tocsin_publishers: gauge('publishers', 'Connections that have published.'),
  tocsin_suspended: gauge(
    '1',
    '1 while no events are accepted, because too much waits for the disk or it is full.',
  ),
  tocsin_connections: gauge('connections', 'Connections by face.', ['face']),
  tocsin_subscribers: gauge('subscribers', 'Subscribers that are live, or catching up from the log.', [
    'state',
  ]),
  tocsin_subscriber_lag_events: gauge(
    'events',
    'Lag of a subscriber. Those furthest behind have their own series; other is the maximum of the rest.',
    ['subscriber', 'principal'],
  ),
  tocsin_subscriber_lag_seconds: gauge(
    'seconds',
    'Age of the next event for a subscriber. Those furthest behind have their own series; other is the maximum of the rest.',
    ['subscriber', 'principal'],
  ),
  tocsin_subscriber_queue_bytes: gauge(
    'bytes',
    "Bytes handed to a subscriber's connection that its peer has not accepted yet; other is the sum of the rest.",
    ['subscriber', 'principal'],
  ),
  tocsin_consumers: gauge('consumers', 'Durable consumers.'),
  tocsin_consumer_lag_events: gauge(
    'events',
    'Events not settled yet. The consumers furthest behind have their own series; other is the maximum of the rest.',
    ['consumer'],
  ),
  tocsin_consumer_lag_seconds: gauge('seconds', 'Age of the first event that is not settled.', ['consumer']),
  tocsin_consumer_pending_events: gauge(
    'events',
    'Events delivered and not acknowledged yet; other is the sum of the rest.',
    ['consumer'],
  ),
  tocsin_consumer_parked_events: gauge('events', 'Parked events; other is the sum of the rest.', [
    'consumer',
  ]),
  tocsin_consumer_connections: gauge(
    'connections',
    'Connections of a consumer; other is the sum of the rest.',
    ['consumer'],
  ),
  tocsin_log_bytes: gauge('bytes', 'Bytes of the events that can be read.'),
  tocsin_log_segments: gauge('segments', 'Segments of the log.'),
  tocsin_log_compressed_segments: gauge('segments', 'Segments of the log that are compressed.'),
  tocsin_log_compressed_bytes: gauge('bytes', 'Bytes of the events in compressed segments.'),
  tocsin_log_compressed_disk_bytes: gauge('bytes', 'Bytes of the files of compressed segments.'),
  tocsin_log_indexed_segments: gauge('segments', 'Segments of the log with an index of words.'),
  tocsin_log_index_memory_bytes: gauge(
    'bytes',
    'Bytes of the index of words that are kept in memory, at most 4 MiB.',
  ),
  tocsin_log_skipped_chunks_total: counter(
    'chunks',
    'Chunks that questions did not read, because the index knows that their words are not in them.',
  ),
  tocsin_log_first_seq: gauge('1', 'Seq of the first event that can be read.'),
  tocsin_log_last_seq: gauge('1', 'Seq of the last event.'),
  tocsin_log_last_event_timestamp_seconds: gauge('seconds', 'Time of the last event.'),
  tocsin_log_unflushed_bytes: gauge('bytes', 'Bytes stored in order and not yet flushed to disk.'),
  tocsin_log_flush_seconds: gauge('seconds', 'Duration of the last flush to disk.'),
  tocsin_log_fault: gauge('1', '1 while the log accepts no events because of a disk fault.'),
  tocsin_log_lost_ranges: gauge('ranges', 'Ranges of numbers lost in unclean stops.'),
  tocsin_cluster_is_primary: gauge('1', '1 while this hub is the primary of its cluster.'),
  tocsin_cluster_has_primary: gauge('1', '1 while this hub knows of a primary, which stores its events.'),
  tocsin_cluster_hubs: gauge('hubs', 'Hubs of the cluster that are alive.'),
  tocsin_cluster_lag_events: gauge('events', 'How far this hub is behind the one that is ahead of all.'),
  tocsin_cluster_waiting_batches: gauge('batches', 'Batches of events that no primary has stored yet.'),
  tocsin_cluster_stream_short: gauge(
    '1',
    '1 while the stream in NATS ends before events that a hub has delivered.',
  ),
  tocsin_cluster_diverged_ranges: gauge(
    'ranges',
    'Ranges of events that the hub has delivered since its start, and in whose places NATS has something else.',
  ),
  tocsin_cluster_nats_full: gauge('1', '1 while the storage of NATS has no room for more events.'),
  tocsin_disk_free_bytes: gauge('bytes', 'Free space on the file system of the data folder.'),
  tocsin_disk_size_bytes: gauge('bytes', 'Size of the file system of the data folder.'),
  tocsin_source_up: gauge('1', '1 while a source delivers.', ['source']),
  tocsin_source_events_total: counter('events', 'Events of a source since the start.', ['source']),
  tocsin_source_lost_events_total: counter('events', 'Events that a source lost since the start.', [
    'source',
  ]),
  tocsin_source_parked_total: counter(
    'items',
    'Items at which a source has failed too often since the start.',
    ['source'],
  ),
  tocsin_source_restarts_total: counter('restarts', 'Restarts of a source since the start.', ['source']),
  tocsin_source_last_event_timestamp_seconds: gauge('seconds', 'Time of the last event of a source.', [
    'source',
  ]),
  tocsin_edges: gauge('hubs', 'Edge hubs that are connected, and that were.', ['state']),
  tocsin_edge_up: gauge(
    '1',
    '1 while an edge hub is connected. Of more than 1,000, those have series that are down or furthest behind.',
    ['edge', 'principal'],
  ),
  tocsin_edge_events_total: counter('events', 'Events of an edge hub stored since the start.', [
    'edge',
    'principal',
  ]),
  tocsin_edge_waiting_events: gauge(
    'events',
    'Events that an edge hub had not forwarded when it was last heard of, at most.',
    ['edge', 'principal'],
  ),
  tocsin_edge_lag_seconds: gauge('seconds', 'How long the first of these events has waited.', [
    'edge',
    'principal',
  ]),
  tocsin_edge_gaps_total: counter('gaps', 'Ranges of events that an edge hub could not forward.', [
    'edge',
    'principal',
  ]),
} as const satisfies Record<string, MetricEntry>

export type HubMetric = keyof typeof hubMetrics

/** All metrics that `/metrics` exposes about Tocsin, by name. `docs/reference` is generated from it. */
export const metricsCatalogue: Readonly<Record<string, MetricEntry>> = {
  ...hubMetrics,
  ...Object.assign({}, ...definitions.map(({ metrics }) => metrics)),
  ...sinkMetrics,
  ...ruleMetrics,
  ...hostMetrics,
}
