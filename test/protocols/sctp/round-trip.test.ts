import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  constants,
  encodeNotification,
  type Platform,
  parseNotification,
  parseNotifications,
} from '../../../src/protocols/sctp/index.js'
import { notificationsOf } from './notifications.js'

describe.each(['linux', 'freebsd'] as Platform[])('%s', (platform) => {
  const endians = fc.constantFrom('little', 'big', 'LE', 'BE')

  test('an encoded notification is read back unchanged', () => {
    fc.assert(
      fc.property(notificationsOf(platform), endians, (notification, endian) => {
        const format = { platform, endian } as const
        const bytes = encodeNotification(notification, format)
        const read = parseNotification(bytes, format)
        expect(read).toEqual(notification)
        expect(encodeNotification(read, format)).toEqual(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  test('error fields are kept unchanged, in addition to the cause', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff }), endians, (sac_error, endian) => {
        const format = { platform, endian } as const
        const notification = {
          sn_type: constants[platform].SCTP_ASSOC_CHANGE,
          sac_flags: 0,
          sac_state: constants[platform].SCTP_COMM_LOST,
          sac_error,
          sac_outbound_streams: 1,
          sac_inbound_streams: 1,
          sac_assoc_id: 3,
        } as const
        const read = parseNotification(encodeNotification(notification, format), format)
        expect(read).toMatchObject(notification)
        expect(read).toHaveProperty('sac_cause.code')
      }),
    )
  })

  test('a run of notifications is read in order', () => {
    fc.assert(
      fc.property(fc.array(notificationsOf(platform), { maxLength: 8 }), (notifications) => {
        const run = Buffer.concat(notifications.map((each) => encodeNotification(each, { platform })))
        expect(parseNotifications(run, { platform })).toEqual(notifications)
      }),
    )
  })
})
