import { TocsinError } from '../../../errors/tocsin-error.js'
import { abilitiesOf } from '../../../protocols/netconf/client/abilities.js'
import {
  GET_SUBSCRIPTIONS,
  killSubscription,
  type ListedSubscription,
  readSubscriptions,
  rfc8639,
} from '../../../protocols/netconf/codec/dynamic-subscription.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { deviceAddress, withDevice } from './connect-device.js'
import type { DeviceOptions } from './device-options.js'

export interface SubscriptionsOptions extends DeviceOptions {
  format?: string
  kill?: number
}

const columns: readonly Column<ListedSubscription>[] = [
  { title: 'NUMBER', text: ({ id }) => String(id) },
  { title: 'OF', text: ({ of = '?' }) => of },
  { title: 'STATE', text: ({ state = '-' }) => state },
  { title: 'RECEIVERS', text: ({ receivers }) => receivers.join(', ') || '-', flexible: true },
]

/** Lists the subscriptions of all sessions of a device, or ends one of them. */
export async function showSubscriptions(
  io: Io,
  device: string,
  options: SubscriptionsOptions,
): Promise<void> {
  const handlers = { notification: () => undefined, leftOut: io.note.bind(io), closed: () => {} }
  await withDevice(io, deviceAddress(device, options), options, handlers, async (session) => {
    const { protocol } = await abilitiesOf(session)
    if (protocol !== rfc8639)
      throw new TocsinError('TCN_NETCONF_UNSUPPORTED', 'the device has no subscriptions of RFC 8639')
    const { kill, format } = options
    if (kill !== undefined) {
      await session.request(`the end of subscription ${kill}`, killSubscription(kill))
      io.note(`subscription ${kill} has ended`)
      return
    }
    const listed = readSubscriptions(await session.request('the list of subscriptions', GET_SUBSCRIPTIONS))
    await report(io, format, listed, () => tableLines(columns, listed, io.out.columns))
  })
}
