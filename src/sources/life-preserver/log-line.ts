import { priorityText } from '../../protocols/sysadm/codec/priority.js'
import type { SysadmLifePreserver } from '../../protocols/sysadm/types/index.js'

/** One line of the log of Life Preserver. */
export interface LogEntry {
  kind: 'snapshot' | 'started' | 'finished' | 'failed'
  /** In lower case, as the genuine server writes it. */
  dataset: string
  event: SysadmLifePreserver
  /** Output of the replication that has started. */
  sendLog?: string
}

const PROGRESS = 0
const USUAL = 1
const FAILED = 7

/** Reads a line such as `Fri Nov 20 04:52:33 UTC 2026: Creating snapshot on tank/home`; undefined for all others. */
export function readLogLine(line: string): LogEntry | undefined {
  const fields = line.split(':')
  // The time has two colons.
  const stamp = tidy(fields.slice(0, 3).join(':'))
  const text = tidy(fields[3] ?? '').toLowerCase()
  const rest = fields.slice(4).join(':').trim()
  const dataset = text.split(' -> ', 1)[0].split(' ').at(-1) ?? ''
  if (text.includes('creating snapshot on')) {
    return { kind: 'snapshot', dataset, event: snapshotEvent(stamp, dataset) }
  }
  if (text.includes('starting replication')) {
    const event = replicationEvent(`${stamp}: Starting replication for ${dataset}`, USUAL)
    return { kind: 'started', dataset, event, sendLog: rest }
  }
  if (text.includes('finished replication task')) {
    const event = replicationEvent(`${stamp}: Finished replication for ${dataset}`, USUAL)
    return { kind: 'finished', dataset, event }
  }
  if (!text.includes('failed replication task')) return undefined
  const file = tidy(line.split('LOGFILE:')[1] ?? '')
  const message = `${stamp}: Replication Failed for ${dataset}\nLogfile available at: ${file}`
  return { kind: 'failed', dataset, event: replicationEvent(message, FAILED) }
}

export function snapshotEvent(stamp: string, subject: string): SysadmLifePreserver {
  return { class: 'snapshot', message: `${stamp}: New snapshot of ${subject}`, priority: priorityText(USUAL) }
}

export function receivedEvent(stamp: string, subject: string): SysadmLifePreserver {
  return replicationEvent(`${stamp}: Received snapshot ${subject}`, USUAL)
}

export function progressEvent(message: string): SysadmLifePreserver {
  return replicationEvent(message, PROGRESS)
}

function replicationEvent(message: string, priority: number): SysadmLifePreserver {
  return { class: 'replication', message, priority: priorityText(priority) }
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
