import { randomBytes } from 'node:crypto'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubOptions, YesOptions } from '../../help/options.js'

export interface BenchOptions extends HubOptions, YesOptions {
  /** bytes */
  size: number
  publishers: number
  subscribers: number
  /** events a second */
  pace: number
  /** ms */
  duration?: number
  prefix: string
  /** bytes */
  logLimit: number
  format?: string
  json?: boolean
}

const MAX_PROCESSES = 64
const MAX_SUBSCRIBERS = 1000
const MAX_PACE = 50_000
const MAX_SIZE = 512 * 1024
const MAX_DURATION = 3600_000
const DURATION = 5000

/** The measurements of one run, and the space in the log that it may still use. */
export class Plan {
  readonly size: number
  readonly publishers: number
  readonly subscribers: number
  readonly pace: number
  /** ms */
  readonly duration: number
  /** The prefix of this run only, so that no events of an earlier one are counted. */
  readonly prefix: string
  readonly limit: number
  /** Events of this run in the log. */
  stored = 0

  constructor(options: BenchOptions) {
    atMost('--publishers', options.publishers, MAX_PROCESSES)
    atMost('--subscribers', options.subscribers, MAX_SUBSCRIBERS)
    atMost('--pace', options.pace, MAX_PACE)
    atMost('--size', options.size, MAX_SIZE)
    atMost('--duration', options.duration ?? DURATION, MAX_DURATION)
    if (!options.prefix.endsWith('/')) throw new TocsinError('TCN_USAGE', '--prefix must end with /')
    this.size = options.size
    this.publishers = options.publishers
    this.subscribers = options.subscribers
    this.pace = options.pace
    this.duration = options.duration ?? DURATION
    this.prefix = `${options.prefix}${randomBytes(4).toString('hex')}/`
    this.limit = Math.floor(options.logLimit / this.eventBytes)
    if (this.limit < 1) throw new TocsinError('TCN_USAGE', '--log-limit is smaller than one event')
  }

  /** About what one event takes in the log: header, tag, source and body. */
  get eventBytes(): number {
    return 80 + this.prefix.length + this.size
  }

  /** The number of events that may still be stored. */
  get left(): number {
    return this.limit - this.stored
  }
}

/** Bytes of the body of an event beside its text. */
const BODY_BYTES = 32

/** Random, so that nothing on the way can compress it. */
export function fillerText(size: number): string {
  return randomBytes(size)
    .toString('base64')
    .slice(0, Math.max(0, size - BODY_BYTES))
}

function atMost(option: string, value: number, most: number): void {
  if (value <= most) return
  throw new TocsinError(
    'TCN_USAGE',
    `${option} is at most ${option === '--duration' ? `${most / 1000}s` : most}`,
  )
}
