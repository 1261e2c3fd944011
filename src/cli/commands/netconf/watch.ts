import { TocsinError } from '../../../errors/tocsin-error.js'
import { formatTime } from '../../../event/position.js'
import { finished } from '../../../incremental/steps.js'
import { abilitiesOf } from '../../../protocols/netconf/client/abilities.js'
import { standardModules } from '../../../protocols/netconf/codec/namespaces.js'
import { type NetconfNotification, readNotification } from '../../../protocols/netconf/codec/notification.js'
import { subscriptionChange } from '../../../protocols/netconf/codec/subscription-change.js'
import type { XmlElement } from '../../../protocols/netconf/codec/xml.js'
import { compileDisplay } from '../../../types/display.js'
import { netconfTypes } from '../../../types/host/netconf.js'
import { TypeRegistry } from '../../../types/registry.js'
import { Deadline } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { Times } from '../../output/times.js'
import { cut, escapeText, padEnd } from '../../terminal/text.js'
import { deviceAddress, withDevice } from './connect-device.js'
import type { DeviceOptions } from './device-options.js'

export interface WatchDeviceOptions extends DeviceOptions {
  stream?: string
  /** µs since the epoch */
  since?: number
  format?: string
  count?: number
  /** ms */
  duration?: number
}

const NAME_WIDTH = 'netconf-confirmed-commit'.length
const GAP = '  '

/** Prints the notifications of a device until it is interrupted, or what ends it has happened. */
export async function watchDevice(io: Io, device: string, options: WatchDeviceOptions): Promise<void> {
  const { count = Number.POSITIVE_INFINITY, duration, stream, since: start } = options
  const deadline = new Deadline(io.signal, duration)
  const show = printer(io, options.format)
  let modules: ReadonlyMap<string, string> = standardModules
  let seen = 0
  let end: (error?: Error) => void = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error))
  })
  deadline.signal.addEventListener('abort', () => end(), { once: true })
  const handlers = {
    notification: (message: XmlElement) => {
      if (seen >= count || subscriptionChange(message) !== undefined) return undefined
      seen++
      const shown = show(finished(readNotification(message, modules)))
      return shown.then(() => {
        if (seen >= count || io.out.closed) end()
      })
    },
    leftOut: (reason: string) => io.note(`left out: ${reason}`),
    closed: (error: Error) => end(error),
  }
  try {
    await withDevice(io, deviceAddress(device, options), options, handlers, async (session) => {
      const abilities = await abilitiesOf(session)
      modules = abilities.modules
      const { protocol } = abilities
      if (protocol === undefined)
        throw new TocsinError(
          'TCN_NETCONF_UNSUPPORTED',
          'the device sends no notifications (RFC 5277, RFC 8639)',
        )
      await Promise.race([ended, session.request('the subscription', protocol.subscribe({ stream, start }))])
      await ended
    })
  } finally {
    deadline.clear()
  }
  io.signal.throwIfAborted()
  if (deadline.passed && seen === 0)
    throw new TocsinError('TCN_NETCONF_TIMEOUT', 'there was no notification in time')
}

function printer(io: Io, format: string | undefined): (notification: NetconfNotification) => Promise<void> {
  const times = new Times(io.out.columns === undefined ? 'utc' : 'short')
  const { typeOf } = new TypeRegistry(netconfTypes)
  const displays = new Map(netconfTypes.map(({ type, display = '' }) => [type, compileDisplay(display)]))
  return async (notification) => {
    const { name, qualifiedName, eventTime, content, time } = notification
    const data = { notification: qualifiedName, content }
    const when = time === undefined ? { eventTime } : { time: formatTime(time) }
    await report(io, format, [{ ...when, ...data }], () => {
      const columns = io.out.columns ?? Number.POSITIVE_INFINITY
      const at = time === undefined ? eventTime : times.text(time)
      const text = displays.get(typeOf(`netconf/-/${name}`))?.(data, Math.min(columns, 10_000)) ?? ''
      const begin = [escapeText(at), io.colors.cyan(padEnd(escapeText(name), NAME_WIDTH))].join(GAP)
      const room = columns - at.length - Math.max(NAME_WIDTH, name.length) - 2 * GAP.length
      return [`${begin}${GAP}${cut(escapeText(text), Math.max(0, room))}`.trimEnd()]
    })
  }
}
