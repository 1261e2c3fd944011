import type { HubConfig } from '../../../hub/config/index.js'
import { formatBytes } from '../../terminal/figures.js'

/** Returns what is valid, but hardly meant. */
export function adviceOn(config: HubConfig): string[] {
  return [adviceOnSegments, adviceOnWebhooks].flatMap((advise) => advise(config) ?? [])
}

function adviceOnSegments({ log: { segment, retention } }: HubConfig): string | undefined {
  if (segment.bytes === undefined || retention.bytes === undefined) return
  if (segment.bytes <= retention.bytes) return
  return `log.segment.bytes (${formatBytes(segment.bytes)}) is more than log.retention.bytes (${formatBytes(retention.bytes)}): whole segments are removed, so the log keeps at least one segment; leave segment.bytes out`
}

function adviceOnWebhooks({ listen, sources }: HubConfig): string | undefined {
  if (listen.http !== 'off' || sources.webhook.length === 0) return
  const names = sources.webhook.map(({ name }) => name).join(', ')
  return `sources.webhook (${names}) receives nothing, since listen.http is off: its requests come over HTTP`
}
