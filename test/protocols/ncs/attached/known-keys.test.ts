import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KnownKeys } from '../../../../src/protocols/ncs/attached/known-keys.js'
import { eventOf } from '../../../../src/protocols/ncs/notifications/event.js'
import { namedNotification } from '../../../../src/protocols/ncs/notifications/publication.js'
import { samples } from '../samples.js'

it('keys that are new leave a notification what it is, at any depth', () => {
  const named: string[] = []
  const keys = new KnownKeys((name) => named.push(name))
  const binding = { type: 1, name: 'sysUpTime', value_type: 7, value: '1' }
  const trap = {
    ...{ pdu_type: 2, request_id: 1, error_status: 0, error_index: 0, port: 162, af: 2, ip4: '10.0.0.1' },
    vb: [binding, binding],
  }
  const given = { ...trap, engine: 'x', vb: [binding, { ...binding, unit: 's' }] }
  const notification = { type: 512, snmpa: given, audit: {} }
  expect(keys.of(notification)).toEqual({ type: 512, snmpa: trap })
  expect(keys.of(notification)).toEqual({ type: 512, snmpa: trap })
  expect(given).toHaveProperty('engine')
  expect(named.sort()).toEqual(['audit', 'snmpa.engine', 'snmpa.vb.unit'])
})

it('a notification without new keys stays as it is', () => {
  const keys = new KnownKeys()
  for (const sample of samples) expect(keys.of({ ...sample })).toEqual(sample)
  expect(keys.leftOut.size).toBe(0)
})

it('what is wrong otherwise is wrong still, and no value is an exception', () => {
  const keys = new KnownKeys()
  const audit = { type: 1, audit: { logno: 1, user: 'ann', msg: 'a', usid: -1, reason: 1 } }
  expect(() => eventOf(namedNotification(keys.of(audit)))).toThrow('audit.usid')
  fc.assert(
    fc.property(fc.constantFrom(1, 16, 512, 8192, 3), fc.jsonValue(), (type, body) => {
      keys.of({ type, audit: body, commit_diff: body, snmpa: body })
    }),
  )
  expect(keys.leftOut.size).toBeLessThanOrEqual(100)
})
