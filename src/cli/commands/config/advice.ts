import type { HubConfig } from '../../../hub/config/index.js'
import { formatBytes } from '../../terminal/figures.js'
import { adviceOnClusters } from './cluster-advice.js'

/** Returns what is valid, but hardly meant. */
export function adviceOn(config: HubConfig): string[] {
  return [adviceOnSegments, adviceOnReceivers, adviceOnClusters].flatMap((advise) => advise(config) ?? [])
}

function adviceOnSegments({ log: { segment, retention } }: HubConfig): string | undefined {
  if (segment.bytes === undefined || retention.bytes === undefined) return
  if (segment.bytes <= retention.bytes) return
  return `log.segment.bytes (${formatBytes(segment.bytes)}) is more than log.retention.bytes (${formatBytes(retention.bytes)}): whole segments are removed, so the log keeps at least one segment; leave segment.bytes out`
}

function adviceOnReceivers({ listen, sources }: HubConfig): string | undefined {
  const kinds = { webhook: sources.webhook, otlp: sources.otlp }
  const named = Object.entries(kinds).filter(([, entries]) => entries.length > 0)
  if (listen.http !== 'off' || named.length === 0) return
  const all = named.map(
    ([kind, entries]) => `sources.${kind} (${entries.map(({ name }) => name).join(', ')})`,
  )
  return `${all.join(' and ')} receives nothing, since listen.http is off: its requests come over HTTP`
}
