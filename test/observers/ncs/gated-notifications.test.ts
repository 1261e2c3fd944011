import { expect, it } from 'vitest'
import type { GateOutcome } from '../../../src/bus/api.js'
import { GatedNotifications } from '../../../src/observers/ncs/gated-notifications.js'
import type { HubObservers } from '../../../src/observers/observed-hub.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'

const audit: ncs.NcsNotification = {
  type: ncs.NOTIF_AUDIT,
  audit: { logno: 1, user: 'ann', msg: 'changed', usid: 3 },
}

function hubWith(gates: HubObservers['gates'], name: string) {
  return { observers: { gates } as HubObservers, hub: { name } }
}

it('what waits when the hub stops continues, and what nobody waits for is published plainly', async () => {
  const published: unknown[] = []
  let isAwaited = true
  const gates = {
    isAwaited: () => isAwaited,
    publish: (event: object) => {
      published.push(event)
      return new Promise<GateOutcome>(() => undefined)
    },
  }
  const gated = new GatedNotifications(hubWith(gates, 'web/1'))
  const plain: unknown[] = []
  const publish = (notification: ncs.NcsNotification) =>
    gated.publish(notification, (each) => plain.push(each))
  const waits = [publish(audit), publish(audit)]
  expect(published).toMatchObject([
    { tag: 'ncs/audit/ann', source: 'hub/web%2F1', attributes: { ncsgate: true } },
    {},
  ])
  gated.stop()
  await Promise.all(waits)
  isAwaited = false
  expect(publish(audit)).toBeUndefined()
  expect(publish({ type: ncs.NOTIF_REOPEN_LOGS })).toBeUndefined()
  expect(published).toHaveLength(2)
  expect(plain).toEqual([audit, { type: ncs.NOTIF_REOPEN_LOGS }])
})

it.each([true, false])('waits until it is known that another hub has subscribers: %s', async (found) => {
  const gated: unknown[] = []
  const plain: unknown[] = []
  const gates = {
    isAwaited: async () => found,
    publish: async (event: object, name: string) => {
      gated.push(event)
      return { name, counter: 1, seq: 1, answers: [], missing: [] }
    },
  }
  const notifications = new GatedNotifications(hubWith(gates, 'web'))
  await notifications.publish(audit, (each) => plain.push(each))
  expect([gated.length, plain.length]).toEqual(found ? [1, 0] : [0, 1])
})
