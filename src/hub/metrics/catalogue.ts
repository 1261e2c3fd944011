export type MetricType = 'counter' | 'gauge' | 'histogram'

export interface MetricEntry {
  readonly type: MetricType
  /** Of the values, as the name ends. */
  readonly unit: string
  readonly labels: readonly string[]
  readonly help: string
}

/** What `/metrics` exposes of Tocsin, by name; `docs/reference` has it from here. */
export const metricsCatalogue = {
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
    'Events that subscribers with the lag policy skip did not get since the start.',
  ),
  tocsin_events_lost_total: counter('events', 'Events that sources reported as lost since the start.'),
  tocsin_publish_latency_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: [],
    help: 'From storing the first event of a tick to handing it out and acknowledging it; one value a tick.',
  },
  tocsin_publishers: gauge('publishers', 'Connections that have published.'),
  tocsin_suspended: gauge('1', '1 while no events are taken: too much waits for the disk, or it is full.'),
  tocsin_connections: gauge('connections', 'Connections, by the face they came in by.', ['face']),
  tocsin_subscribers: gauge('subscribers', 'Subscribers that are live, or catching up from the log.', [
    'state',
  ]),
  tocsin_subscriber_lag_events: gauge(
    'events',
    'How far a subscriber is behind; those furthest behind, the most of all others as other.',
    ['subscriber', 'principal'],
  ),
  tocsin_subscriber_lag_seconds: gauge(
    'seconds',
    'Age of what a subscriber gets next; those furthest behind, the most of all others as other.',
    ['subscriber', 'principal'],
  ),
  tocsin_subscriber_queue_bytes: gauge(
    'bytes',
    'Handed to the connection of a subscriber and not yet taken; the sum of all others as other.',
    ['subscriber', 'principal'],
  ),
  tocsin_consumers: gauge('consumers', 'Durable consumers.'),
  tocsin_consumer_lag_events: gauge(
    'events',
    'Not yet settled; the consumers furthest behind, the most of all others as other.',
    ['consumer'],
  ),
  tocsin_consumer_lag_seconds: gauge('seconds', 'Age of the first event not settled.', ['consumer']),
  tocsin_consumer_pending_events: gauge(
    'events',
    'Delivered and not yet acknowledged; the sum of all others as other.',
    ['consumer'],
  ),
  tocsin_consumer_parked_events: gauge('events', 'Parked; the sum of all others as other.', ['consumer']),
  tocsin_consumer_connections: gauge('connections', 'Connections; the sum of all others as other.', [
    'consumer',
  ]),
  tocsin_log_bytes: gauge('bytes', 'Bytes of the events that can be read.'),
  tocsin_log_segments: gauge('segments', 'Segments of the log.'),
  tocsin_log_first_seq: gauge('1', 'Number of the first event that can be read.'),
  tocsin_log_last_seq: gauge('1', 'Number of the last event.'),
  tocsin_log_last_event_timestamp_seconds: gauge('seconds', 'Time of the last event.'),
  tocsin_log_unflushed_bytes: gauge('bytes', 'Stored in order and not yet flushed to the disk.'),
  tocsin_log_flush_seconds: gauge('seconds', 'How long the last flush to the disk took.'),
  tocsin_log_fault: gauge('1', '1 while the log takes no events because of a fault of the disk.'),
  tocsin_log_lost_ranges: gauge('ranges', 'Ranges of numbers that unclean stops took away.'),
  tocsin_disk_free_bytes: gauge('bytes', 'Free on the file system of the data folder.'),
  tocsin_disk_size_bytes: gauge('bytes', 'Size of the file system of the data folder.'),
  tocsin_salt_dropped_events_total: counter(
    'events',
    'Publishes on the sockets of a Salt bus that could not be taken since the start, by reason.',
    ['source', 'code'],
  ),
  tocsin_source_up: gauge('1', '1 while a source delivers.', ['source']),
  tocsin_source_events_total: counter('events', 'Events of a source since the start.', ['source']),
  tocsin_source_lost_events_total: counter('events', 'Events that a source lost since the start.', [
    'source',
  ]),
  tocsin_source_restarts_total: counter('restarts', 'Restarts of a source since the start.', ['source']),
  tocsin_source_last_event_timestamp_seconds: gauge('seconds', 'When a source last delivered.', ['source']),
  tocsin_sctp_associations: gauge('associations', 'SCTP associations of a source, by their state.', [
    'source',
    'state',
  ]),
  tocsin_sctp_peer_addresses: gauge(
    'addresses',
    'Addresses of the peers of the SCTP associations of a source, by their state.',
    ['source', 'state'],
  ),
} as const satisfies Record<string, MetricEntry>

export type MetricName = keyof typeof metricsCatalogue

function counter<const Labels extends readonly string[] = []>(unit: string, help: string, labels?: Labels) {
  return { type: 'counter', unit, help, labels: labels ?? ([] as const) } as const
}

function gauge<const Labels extends readonly string[] = []>(unit: string, help: string, labels?: Labels) {
  return { type: 'gauge', unit, help, labels: labels ?? ([] as const) } as const
}
