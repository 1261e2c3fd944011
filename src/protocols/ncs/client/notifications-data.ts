import { argumentError } from './arguments.js'

/** An RFC 3339 text with a zone, or a Date. */
export type NcsTime = Date | string

export interface NotificationsDataOptions {
  /** ms; below 1000 it becomes 1000. */
  heartbeat_interval?: number
  /** The same, as the vendor's documents spell it. */
  hearbeat_interval?: number
  /** ms; below 1000 it becomes 1000. */
  health_check_interval?: number
  stream_name?: string
  start_time?: NcsTime
  stop_time?: NcsTime
  xpath_filter?: string
  usid?: number
  /** Such as `VERBOSITY_DEBUG`. */
  verbosity?: number
}

const MAX_INTERVAL = 2 ** 31 - 1
const MAX_VERBOSITY = 3
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

const keys = [
  'heartbeat_interval',
  'hearbeat_interval',
  'health_check_interval',
  'stream_name',
  'start_time',
  'stop_time',
  'xpath_filter',
  'usid',
  'verbosity',
] as const

type Arguments = [
  heartbeatInterval?: number,
  healthCheckInterval?: number,
  streamName?: string,
  startTime?: NcsTime,
  stopTime?: NcsTime,
  xpathFilter?: string,
  usid?: number,
  verbosity?: number,
]

/**
 * The arguments of `notificationsConnect2` beside the mask: by name, or in the order of the vendor's documents.
 *
 * @example
 * new NotificationsData({ stream_name: 'NETCONF', start_time: new Date(Date.now() - 3600e3) })
 * new NotificationsData(10_000, 10_000)
 */
export class NotificationsData {
  readonly heartbeatInterval: number | undefined
  readonly healthCheckInterval: number | undefined
  readonly streamName: string | undefined
  /** RFC 3339 */
  readonly startTime: string | undefined
  /** RFC 3339 */
  readonly stopTime: string | undefined
  readonly xpathFilter: string | undefined
  readonly usid: number | undefined
  readonly verbosity: number

  /** Throws TCN_NCS_ARGUMENT. */
  constructor(options?: NotificationsDataOptions)
  constructor(...values: Arguments)
  constructor(...given: [NotificationsDataOptions?] | Arguments) {
    const options = optionsOf(given)
    this.heartbeatInterval = whole(
      'heartbeat_interval',
      options.heartbeat_interval ?? options.hearbeat_interval,
    )
    this.healthCheckInterval = whole('health_check_interval', options.health_check_interval)
    this.streamName = text('stream_name', options.stream_name)
    this.startTime = time('start_time', options.start_time)
    this.stopTime = time('stop_time', options.stop_time)
    this.xpathFilter = text('xpath_filter', options.xpath_filter)
    this.usid = whole('usid', options.usid)
    this.verbosity = whole('verbosity', options.verbosity, MAX_VERBOSITY) ?? 0
    if (this.stopTime !== undefined && this.startTime === undefined)
      throw argumentError('stop_time needs start_time')
  }
}

/** That of ConfD, which has no verbosity. */
export class ConfdNotificationsData extends NotificationsData {
  constructor(options?: Omit<NotificationsDataOptions, 'verbosity'>)
  constructor(...values: Arguments extends [...infer Seven, verbosity?: number] ? Seven : never)
  constructor(...given: unknown[]) {
    super(...(given as Arguments))
    if (this.verbosity !== 0 || given.length > 7) throw argumentError('ConfD has no verbosity')
  }
}

function optionsOf(given: [NotificationsDataOptions?] | Arguments): NotificationsDataOptions {
  const [first] = given
  if (typeof first === 'object' && first !== null) {
    const strange = Object.keys(first).find((key) => !keys.some((known) => known === key))
    if (strange !== undefined) throw argumentError(`NotificationsData has no ${strange}`)
    return first
  }
  const [heartbeat_interval, health_check_interval, stream_name, start_time, stop_time, ...rest] =
    given as Arguments
  const [xpath_filter, usid, verbosity] = rest
  const times = { start_time, stop_time, xpath_filter, usid, verbosity }
  return { heartbeat_interval, health_check_interval, stream_name, ...times }
}

function whole(name: string, value: number | undefined, max = MAX_INTERVAL): number | undefined {
  if (value === undefined || value === null) return undefined
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw argumentError(`${name}: ${String(value)} is no whole number from 0 to ${max}`)
}

function text(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw argumentError(`${name} is no text`)
}

function time(name: string, value: NcsTime | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (typeof value === 'string' && rfc3339.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw argumentError(`${name} is neither a Date nor an RFC 3339 time with a zone`)
}
