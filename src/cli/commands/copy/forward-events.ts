import { readFileSync } from 'node:fs'
import type { Client } from '../../../client/api.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import type { HubOptions, RangeOptions, WhereOptions } from '../../help/options.js'
import { ConnectionNotes, withHub } from '../../hub/connect.js'
import { filterOf } from '../../hub/filter-argument.js'
import { StreamNotes } from '../../hub/stream-notes.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { eventLine } from '../../output/line.js'
import { plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { Forwarder } from './forward/forwarder.js'
import { HttpTarget } from './forward/http-target.js'
import { HubTarget } from './forward/hub-target.js'
import { StateFile } from './forward/state-file.js'
import type { ForwardTarget, RefusedEvent } from './forward/target.js'
import { Pace } from './pace.js'

export interface ForwardOptions extends HubOptions, RangeOptions, WhereOptions {
  target: string
  state?: string
  consumer?: string
  batch?: number
  speed?: number
  dryRun?: boolean
  skipRefused?: boolean
  strict?: boolean
  targetTokenFile?: string
  targetCa?: string
}

const MAX_NOTES = 20

/** Brings events of this hub to another hub or to any endpoint for CloudEvents. */
export async function forwardEvents(
  io: Io,
  filters: readonly string[],
  options: ForwardOptions,
): Promise<void> {
  const filter = await filterOf(filters, options)
  const identity = { to: withoutQuery(options.target), filter: JSON.stringify(filter ?? []) }
  const state = options.state === undefined ? undefined : new StateFile(options.state, identity)
  if (state === undefined && options.consumer === undefined && !options.dryRun)
    io.note('the position is not kept; give --state or --consumer to continue after a restart')
  await withHub(io, { ...options, silent: true }, async (client) => {
    const target = options.dryRun
      ? await dryTarget(io, client, options)
      : await openTarget(io, client, options)
    const subscription = client[options.dryRun ? 'read' : 'subscribe'](filter, {
      ...rangeOf(options, state),
      ...(options.consumer === undefined ? {} : { consumer: options.consumer }),
    })
    const notes = new StreamNotes(io, options)
    const ending = new AbortController()
    io.signal.addEventListener('abort', () => ending.abort(io.signal.reason), { once: true })
    const forwarder = new Forwarder({
      subscription,
      target,
      pace: new Pace(options.speed ?? Number.POSITIVE_INFINITY),
      skipRefused: options.skipRefused ?? false,
      signal: ending.signal,
      onDelivered: (cursor, events) => {
        if (!options.dryRun) state?.reached(cursor)
        if (options.consumer !== undefined && events.length > 0) subscription.ack(events)
        progress.tick()
      },
      onRefused: (refusal) => noteRefusal(io, forwarder.refused, refusal),
      onStatus: (status) => notes.note(status),
    })
    const progress = new Progress(io, () => summary(forwarder, target))
    try {
      await forwarder.run()
    } finally {
      progress.end()
      state?.save()
      await target.close()
      io.note(summary(forwarder, target))
    }
  })
}

function rangeOf(options: ForwardOptions, state: StateFile | undefined) {
  if (options.consumer !== undefined) return {}
  const from = state?.cursor ?? options.from
  return {
    ...(from === undefined ? {} : { from }),
    ...(options.to === undefined ? {} : { to: options.to }),
  }
}

function summary({ delivered, refused, returned }: Forwarder, { address }: ForwardTarget): string {
  const parts = [`${plural(delivered, 'event')} forwarded to ${address}`]
  if (refused > 0) parts.push(`${refused} refused`)
  if (returned > 0) parts.push(`${returned} not sent back to where they have been`)
  return parts.join(', ')
}

function noteRefusal(io: Io, count: number, { event, code, message }: RefusedEvent): void {
  if (count <= MAX_NOTES) io.note(`refused: @${event.seq} ${event.tag}: ${message} (${code})`)
  else if (count === MAX_NOTES + 1) io.note('more events are refused and not shown one by one')
}

async function openTarget(io: Io, client: Client, options: ForwardOptions): Promise<ForwardTarget> {
  const token = options.targetTokenFile === undefined ? undefined : readToken(options.targetTokenFile)
  if (/^https?:/i.test(options.target)) return await httpTarget(io, client, options, token)
  const { connect } = await import('../../../client/index.js')
  const notes = new ConnectionNotes(io)
  const to = await connect({
    address: options.target,
    name: `tocsin forward[${process.pid}]`,
    // TOCSIN_TOKEN is meant for the hub that is read from, not for the target.
    token: token ?? '',
    ...(options.targetCa === undefined ? {} : { tls: { ca: readFile(options.targetCa) } }),
    signal: io.signal,
    onStatus: (status) => notes.note(status),
  })
  return new HubTarget(to, withoutQuery(options.target))
}

async function httpTarget(
  io: Io,
  client: Client,
  { target, batch = 0 }: ForwardOptions,
  token: string | undefined,
): Promise<ForwardTarget> {
  const { typeOf } = await viewOf(io, client, true)
  let told = 0
  return new HttpTarget({
    url: urlOf(target),
    batch,
    token,
    typeOf,
    onRetry: (why, delay) => {
      // Once at the beginning of a trouble, and then from time to time.
      if (performance.now() < told) return
      told = performance.now() + 30_000
      io.note(
        `${withoutQuery(target)} does not accept events: ${why}; trying again in ${Math.ceil(delay)} ms`,
      )
    },
  })
}

/** Shows what would be sent. */
async function dryTarget(io: Io, client: Client, { target }: ForwardOptions): Promise<ForwardTarget> {
  const view = await viewOf(io, client, true)
  const show = async (event: Event): Promise<void> => {
    io.out.line(eventLine(event, view))
    await io.out.room()
  }
  return {
    address: `${withoutQuery(target)} (not really: --dry-run)`,
    epoch: undefined,
    most: 1,
    deliver: async ([{ event }]) => {
      await show(event)
      return []
    },
    close: async () => {},
  }
}

function urlOf(text: string): URL {
  try {
    const url = new URL(text)
    if (url.username === '' && url.password === '') return url
  } catch {
    // Said below.
  }
  throw new TocsinError('TCN_USAGE', 'the URL in --target is not valid, or has a password in it')
}

function withoutQuery(address: string): string {
  return address.replace(/\?.*$/s, '')
}

function readToken(file: string): string {
  return readFile(file).toString().trim()
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNREADABLE', messageOf(error), { cause: error })
  }
}
