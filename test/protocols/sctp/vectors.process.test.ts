import { describe, expect, test } from 'vitest'
import {
  constants,
  encodeNotification,
  type Platform,
  parseNotification,
  parseNotifications,
  SctpNotificationError,
} from '../../../src/protocols/sctp/index.js'
import { asDecoded, bytesOf, hasForeignAddress, type Vector, vectors } from './vectors.js'

/** The keys of the document, in its order. Keys in brackets are optional, keys after `|` are additions. */
const keys: Record<string, string> = {
  SCTP_ASSOC_CHANGE:
    'sn_type sac_flags sac_state sac_error sac_outbound_streams sac_inbound_streams sac_assoc_id [sac_info] | [sac_cause]',
  SCTP_PEER_ADDR_CHANGE: 'sn_type spc_flags spc_aaddr spc_state spc_error spc_assoc_id |',
  SCTP_REMOTE_ERROR: 'sn_type sre_flags sre_error sre_assoc_id | [sre_data]',
  SCTP_SHUTDOWN_EVENT: 'sn_type sse_flags sse_assoc_id |',
  SCTP_ADAPTATION_INDICATION: 'sn_type sai_flags sai_adaptation_ind sai_assoc_id |',
  SCTP_PARTIAL_DELIVERY_EVENT: 'sn_type pdapi_flags pdapi_indication pdapi_stream pdapi_seq pdapi_assoc_id |',
  SCTP_AUTHENTICATION_EVENT:
    'sn_type auth_flags auth_keynumber auth_indication auth_assoc_id | auth_altkeynumber',
  SCTP_SENDER_DRY_EVENT: 'sn_type sender_dry_flags sender_dry_assoc_id |',
  SCTP_SEND_FAILED_EVENT: 'sn_type ssfe_flags ssfe_error ssfe_info ssfe_assoc_id [ssfe_data] | [ssfe_cause]',
}

describe.each(['linux', 'freebsd'] as Platform[])('notifications sent by %s', (platform) => {
  const all = vectors[platform]
  const format = { platform, endian: 'little' } as const

  const expected = (vector: Vector) =>
    hasForeignAddress(platform, vector) ? { ...vector.decoded, spc_aaddr: ['???', 0, 0, 0] } : vector.decoded

  test.each(all.map((vector) => [vector.id, vector] as const))('%s is read with every field', (_, vector) => {
    const notification = parseNotification(bytesOf(vector), format)
    expect(asDecoded(notification)).toEqual(expected(vector))
    expect(constants[platform]).toHaveProperty(vector.type, notification.sn_type)
  })

  test('have keys named and ordered as in the document', () => {
    for (const vector of all) {
      const wanted = keys[vector.type]
      if (wanted === undefined) continue
      const present = Object.keys(parseNotification(bytesOf(vector), format))
      const order = wanted
        .replaceAll(/[|[\]]/g, '')
        .split(/\s+/)
        .filter(Boolean)
      expect(present).toEqual(order.filter((key) => present.includes(key)))
      const needed = wanted
        .replaceAll(/\[\w+\]|\|/g, '')
        .split(/\s+/)
        .filter(Boolean)
      expect(present).toEqual(expect.arrayContaining(needed))
    }
  })

  test('cut off at any length are an error with a code', () => {
    for (const vector of all) {
      const bytes = bytesOf(vector)
      for (let length = 0; length < bytes.length; length++) {
        // Bytes after the notification in memory must not be read either.
        expect(codeOf(() => parseNotification(bytes.subarray(0, length), format))).toBe('TCN_SCTP_LENGTH')
      }
    }
  })

  test('with any wrong length field are an error with a code', () => {
    for (const vector of all) {
      const bytes = bytesOf(vector)
      const view = new DataView(bytes.buffer)
      const near = Array.from({ length: 2 * bytes.length }, (_, length) => length)
      const wrong = [...near, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].filter(
        (length) => length !== bytes.length,
      )
      for (const length of wrong) {
        view.setUint32(4, length, true)
        expect(codeOf(() => parseNotification(bytes, format))).toBe('TCN_SCTP_LENGTH')
      }
    }
  })

  test('are encoded to the same bytes again', () => {
    for (const vector of all.filter((each) => !hasForeignAddress(platform, each))) {
      const notification = parseNotification(bytesOf(vector), format)
      expect(Buffer.from(encodeNotification(notification, format)).toString('hex')).toBe(vector.hex)
    }
  })

  test('of a big-endian host have the same meaning', () => {
    const big = { platform, endian: 'big' } as const
    for (const vector of all) {
      const notification = parseNotification(bytesOf(vector), format)
      expect(asDecoded(parseNotification(encodeNotification(notification, big), big))).toEqual(
        expected(vector),
      )
    }
  })

  test('in one buffer are read like single ones', () => {
    const one = all.map((vector) => parseNotification(bytesOf(vector), format))
    const buffer = Buffer.concat([Buffer.of(0xff), ...all.map(bytesOf)]).subarray(1)
    expect(parseNotifications(buffer, format)).toEqual(one)
  })
})

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof SctpNotificationError) return error.code
    throw error
  }
  return undefined
}
