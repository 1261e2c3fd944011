import { counter, gauge } from '../types/metric.js'

/** The metrics of sinks. Their lag is that of the durable consumers `sink.<name>`. */
export const sinkMetrics = {
  tocsin_sink_up: gauge(
    '1',
    '1 while a sink delivers or waits for events; none while another hub of the cluster delivers.',
    ['sink'],
  ),
  tocsin_sink_delivered_total: counter('events', 'Events that a sink has delivered since the start.', [
    'sink',
  ]),
  tocsin_sink_failures_total: counter('attempts', 'Attempts of a sink that failed since the start.', [
    'sink',
  ]),
  tocsin_sink_rejected_total: counter(
    'items',
    'Records, spans and points that a sink has delivered, and the destination said it has not kept.',
    ['sink'],
  ),
  tocsin_sink_parked_total: counter('events', 'Events that a sink has parked since the start.', ['sink']),
  tocsin_sink_held_bytes: gauge('bytes', 'Events in memory that a sink has not delivered yet.', ['sink']),
  tocsin_sink_last_delivery_timestamp_seconds: gauge('seconds', 'Time of the last delivery of a sink.', [
    'sink',
  ]),
}
