import { counter, gauge } from '../types/metric.js'

/** The metrics of hosts: none for each host, since there may be 100,000. */
export const hostMetrics = {
  tocsin_hosts: gauge(
    'hosts',
    'Hosts of which the hub has heard, by the worst that is known of the last hour.',
    ['state'],
  ),
  tocsin_hosts_untracked_events_total: counter(
    'events',
    'Events of hosts beyond `hosts.most` since the start.',
  ),
} as const
