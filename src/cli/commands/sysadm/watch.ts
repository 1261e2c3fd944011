import { TocsinError } from '../../../errors/tocsin-error.js'
import { isOneOf } from '../../../event/one-of.js'
import type { SysadmEvent, SysadmSubscription } from '../../../protocols/sysadm/client/index.js'
import { subscribableClasses } from '../../../protocols/sysadm/codec/classes.js'
import { Deadline } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { withServer } from './connect-server.js'
import { EventLines, timeOf } from './event-lines.js'
import type { ServerOptions } from './server-options.js'

export interface WatchOptions extends ServerOptions {
  classes?: string[]
  filter?: string
  from?: string
  format?: string
  count?: number
  /** ms */
  duration?: number
  strict?: boolean
}

const usual: readonly SysadmSubscription[] = ['dispatcher', 'life-preserver', 'system-state']
const known: readonly SysadmSubscription[] = subscribableClasses

/** Prints events until it is interrupted, or what ends it has happened. */
export async function watchServer(io: Io, server: string, options: WatchOptions): Promise<void> {
  const classes = classesOf(options)
  const { from: since, filter, count = Number.POSITIVE_INFINITY, duration } = options
  const deadline = new Deadline(io.signal, duration)
  let seen = 0
  try {
    await withServer(io, server, options, async (client) => {
      const events = await client.subscribe(classes, {
        signal: deadline.signal,
        ...(since !== undefined && { since }),
        ...(filter !== undefined && { filter }),
      })
      const show = printer(io, options)
      for await (const event of events) {
        if (!(await show(event))) continue
        seen++
        if (seen >= count || io.out.closed) return
      }
    })
  } catch (error) {
    if (!deadline.passed) throw error
  } finally {
    deadline.clear()
  }
  if (deadline.passed && seen === 0) throw new TocsinError('TCN_CLIENT_TIMEOUT', 'there was no event in time')
}

function classesOf({ classes = [...usual], filter }: WatchOptions): SysadmSubscription[] {
  const unknown = classes.find((name) => !isOneOf(known, name))
  if (unknown !== undefined)
    throw new TocsinError('TCN_USAGE', `there is no class '${unknown}': the classes are ${known.join(', ')}`)
  if (filter !== undefined && (classes.length > 1 || classes[0] !== 'tocsin'))
    throw new TocsinError('TCN_USAGE', '--filter is for --classes tocsin alone')
  return classes as SysadmSubscription[]
}

/** Resolves with whether it was an event. */
function printer(io: Io, { format, strict }: WatchOptions): (event: SysadmEvent) => Promise<boolean> {
  const lines = new EventLines(io.colors, () => io.out.columns)
  return async (event) => {
    if (event.class === 'gap') {
      const lost = event.lost === undefined ? '' : `${event.lost} `
      const text = `gap: ${lost}events are missing: ${event.reason}`
      if (strict) throw new TocsinError('TCN_BUS_GAP', text)
      io.note(text)
      return false
    }
    await report(io, format, [asObject(event)], () => lines.of(event))
    return true
  }
}

/** The event as the server has sent it, and when it came. */
function asObject(event: Exclude<SysadmEvent, { class: 'gap' }>): object {
  const name = event.class === 'other' ? event.name : event.class
  const cursor = event.cursor === undefined ? {} : { cursor: event.cursor }
  return { time: new Date(timeOf(event)).toISOString(), class: name, args: event.args, ...cursor }
}
