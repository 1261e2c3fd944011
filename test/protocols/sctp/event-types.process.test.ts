import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { jsonView } from '../../../src/event/index.js'
import {
  constants,
  notificationEvent,
  type Platform,
  parseNotification,
  type SctpEventData,
  type SenderDryEvent,
} from '../../../src/protocols/sctp/index.js'
import { notificationTexts, sctpTypes } from '../../../src/protocols/sctp/types/index.js'
import type { DataOf } from '../../../src/types/event-type.js'
import { TypeRegistry } from '../../../src/types/index.js'
import { bytesOf, vectors } from './vectors.js'

const registry = new TypeRegistry(sctpTypes)
const ajv = new Ajv2020({ strictTypes: false, strictTuples: false })
const checks = new Map(sctpTypes.map(({ type, schema }) => [type, ajv.compile(schema ?? false)]))

describe.each(['linux', 'freebsd'] as const)('events of notifications of %s', (platform: Platform) => {
  it.each(vectors[platform].map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const notification = parseNotification(bytesOf(vector), { platform, endian: 'little' })
    const { path, data } = notificationEvent(notification, { platform })
    const type = registry.typeOf(`sctp/n2/${path}`)
    const check = checks.get(type)
    expect(check, type).toBeDefined()
    expect(check?.(jsonView(data)) ? [] : check?.errors).toEqual([])
    expect(Object.keys(data).slice(0, Object.keys(notification).length)).toEqual(Object.keys(notification))
  })
})

it('every notification is a registered type', () => {
  for (const platform of ['linux', 'freebsd'] as const) {
    const known = Object.keys(notificationTexts).filter((name) => name in constants[platform])
    expect(known.length).toBeGreaterThan(12)
  }
  expect(sctpTypes).toHaveLength(Object.keys(notificationTexts).length + 1)
})

it('an event names its values, and the causes of an abort', () => {
  const lost = Buffer.from('01800000190000000100000c000000000a000000000c00056d', 'hex')
  const notification = parseNotification(lost, { platform: 'linux', endian: 'little' })
  expect(notificationEvent(notification, { platform: 'linux' })).toMatchObject({
    path: '10/assoc_change',
    data: {
      association: 10,
      platform: 'linux',
      names: { sn_type: 'SCTP_ASSOC_CHANGE', sac_state: 'SCTP_COMM_LOST' },
      causes: [{ code: 12, name: 'User-Initiated Abort' }],
    },
  })
})

it('a long chunk is cut, with its original length', () => {
  const notification = {
    sn_type: 0x8004 as const,
    sre_flags: 0,
    sre_error: 1,
    sre_assoc_id: 3,
    sre_data: new Uint8Array(100),
  }
  const { data } = notificationEvent(notification, { platform: 'linux', maxBytes: 10 })
  expect(data).toMatchObject({ sre_data: new Uint8Array(10), cut: 100 })
})

it('the data of a type is typed', () => {
  expectTypeOf<DataOf<'sctp.sender_dry_event'>>().toEqualTypeOf<SctpEventData<SenderDryEvent>>()
})
