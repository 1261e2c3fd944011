import { createHash } from 'node:crypto'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { JetStreamApi, StreamConfig, StreamInfo } from '../../storage/nats/jetstream-api.js'
import { differenceOf } from '../../storage/nats/stream-config.js'
import type { LogOptions } from './log-options.js'
import { Subjects } from './subjects.js'

/** The description of a stream, as JSON: that it is a log, and the largest window of any primary. */
interface Description {
  tocsin: 1
  window: number
}

export interface LogStreamOptions {
  name: string
  subjects: Subjects
  replicas: number
  /** Messages that a primary sends before the first of them is acknowledged. */
  window: number
}

export function streamOptions({ stream, prefix, replicas, window }: LogOptions): LogStreamOptions {
  return { name: stream, subjects: new Subjects(prefix), replicas, window }
}

/** A stream that is as the log needs it. */
export interface LogStream extends StreamInfo {
  /** The largest window that any hub of the cluster uses: that of the hub, or a larger one. */
  window: number
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const EPOCH_LENGTH = 13

/** Returns the stream, which is created if there is none. Throws TCN_NATS_STREAM if its settings are others. */
export async function openLogStream(api: JetStreamApi, options: LogStreamOptions): Promise<LogStream> {
  const info = await api.ensure(logStreamConfig(options))
  // A server drops what it does not know, so that only what it returns counts.
  checkConfig(info.config, options)
  const window = Math.max(options.window, descriptionOf(info.config)!.window)
  const raised = { ...info.config, description: describe(window) }
  return { ...(window === descriptionOf(info.config)!.window ? info : await api.update(raised)), window }
}

/** The id of a log: that of the stream, which is another one after it was deleted and created again. */
export function epochOf({ config: { name }, created }: StreamInfo): string {
  const digest = createHash('sha256').update(`${name} ${created}`).digest()
  return Array.from(digest.subarray(0, EPOCH_LENGTH), (byte) => ALPHABET[byte & 31]).join('')
}

/** The settings of a stream that a log can be in. */
export function logStreamConfig({ name, subjects, replicas, window }: LogStreamOptions): StreamConfig {
  return {
    name,
    subjects: [subjects.events, subjects.barrier],
    description: describe(window),
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    num_replicas: replicas,
    max_age: 0,
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
  }
}

function checkConfig(config: StreamConfig, options: LogStreamOptions): void {
  if (descriptionOf(config) === undefined) throw unsuitable(options.name, 'it is not the log of a hub')
  const difference = differenceOf(config, logStreamConfig(options))
  if (difference !== undefined) throw unsuitable(options.name, difference)
}

function unsuitable(name: string, reason: string): TocsinError {
  return new TocsinError('TCN_NATS_STREAM', `stream ${name}: ${reason}`, { details: { stream: name } })
}

function describe(window: number): string {
  return JSON.stringify({ tocsin: 1, window } satisfies Description)
}

function descriptionOf({ description }: StreamConfig): Description | undefined {
  try {
    const found = JSON.parse(description ?? '') as Partial<Description>
    return found.tocsin === 1 && Number.isSafeInteger(found.window) ? (found as Description) : undefined
  } catch {
    return undefined
  }
}
