import type { HubConfig } from '../../../hub/config/index.js'
import { formatBytes } from '../../terminal/figures.js'

/** Returns what is valid, but hardly meant. */
export function adviceOn({ log }: HubConfig): string[] {
  const { segment, retention } = log
  if (segment.bytes === undefined || retention.bytes === undefined) return []
  if (segment.bytes <= retention.bytes) return []
  return [
    `log.segment.bytes (${formatBytes(segment.bytes)}) is more than log.retention.bytes (${formatBytes(retention.bytes)}): whole segments are removed, so the log keeps at least one segment; leave segment.bytes out`,
  ]
}
