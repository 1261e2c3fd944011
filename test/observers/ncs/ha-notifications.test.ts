import { expect, test } from 'vitest'
import { notificationsOf } from '../../../src/observers/ncs/own-notifications.js'
import * as C from '../../../src/protocols/ncs/constants/events.js'
import { conditions, ha } from '../../../src/protocols/ncs/notifications/payloads.js'

test.each([
  ['hub/started', { version: '1.0.0' }, C.HA_INFO_IS_NONE, {}],
  ['hub/ha/primary', { hub: 'a', term: 1 }, C.HA_INFO_IS_PRIMARY, {}],
  ['hub/ha/ended', { hub: 'a', term: 1 }, C.HA_INFO_NOPRIMARY, { noprimary: 26 }],
  ['hub/ha/died', { hub: 'a', reason: 'silent', primary: true }, C.HA_INFO_NOPRIMARY, { noprimary: 26 }],
  [
    'hub/ha/follows',
    { hub: 'b', primary: 'a', result: 'ok' },
    C.HA_INFO_BESECONDARY_RESULT,
    { besecondary_result: 0 },
  ],
  ['hub/ha/caught-up', { hub: 'b' }, C.HA_INFO_SECONDARY_INITIALIZED, { cdb_initialized_by_copy: 1 }],
  [
    'hub/ha/arrived',
    { hub: 'b', address: 'tls://b:1' },
    C.HA_INFO_SECONDARY_ARRIVED,
    { secondary_arrived: { nodeid: 'b', af: 0, str: 'tls://b:1' } },
  ],
  [
    'hub/ha/died',
    { hub: 'b', reason: 'stopped' },
    C.HA_INFO_SECONDARY_DIED,
    { secondary_died: { nodeid: 'b', af: 0, str: 'b' } },
  ],
])('%s %j is HA_INFO of the type %i', (tag, data, type, fields) => {
  const made = notificationsOf(tag, data).find((each) => each.type === C.NOTIF_HA_INFO) as { hnot: object }
  expect(made.hnot).toEqual({ type, ...fields })
  expect(conditions.hnot(ha().parse(made.hnot))).toBeUndefined()
})
