import { expect, it } from 'vitest'
import type { GateOutcome } from '../../../src/bus/api.js'
import { GatedNotifications } from '../../../src/faces/ncs/gated-notifications.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'

const audit: ncs.NcsNotification = {
  type: ncs.NOTIF_AUDIT,
  audit: { logno: 1, user: 'ann', msg: 'changed', usid: 3 },
}

it('what waits when the hub stops continues, and what nobody waits for is left to others', async () => {
  const published: unknown[] = []
  let isAwaited = true
  const gates = {
    isAwaited: () => isAwaited,
    publish: (event: object) => {
      published.push(event)
      return new Promise<GateOutcome>(() => undefined)
    },
  }
  const gated = new GatedNotifications({ gates, hub: { name: 'web/1', version: '1' } })
  const waits = [gated.publish(audit), gated.publish(audit)]
  expect(published).toMatchObject([
    { tag: 'ncs/audit/ann', source: 'hub/web%2F1', attributes: { ncsgate: true } },
    {},
  ])
  gated.stop()
  await Promise.all(waits)
  isAwaited = false
  expect(gated.publish(audit)).toBeUndefined()
  expect(gated.publish({ type: ncs.NOTIF_REOPEN_LOGS })).toBeUndefined()
  expect(published).toHaveLength(2)
})
