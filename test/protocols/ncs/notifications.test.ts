import { expect, test } from 'vitest'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { AF_INET } from '../../../src/protocols/ncs/constants/address-families.js'
import * as C from '../../../src/protocols/ncs/constants/events.js'
import { bitOf, maskOf } from '../../../src/protocols/ncs/constants/mask.js'
import { eventOf } from '../../../src/protocols/ncs/notifications/event.js'
import { formatNotification } from '../../../src/protocols/ncs/notifications/format.js'
import { kinds } from '../../../src/protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../../src/protocols/ncs/notifications/notification.js'
import { flatten, type NcsModule, notificationOf } from '../../../src/protocols/ncs/notifications/read.js'
import { ncsTypes } from '../../../src/protocols/ncs/types/index.js'
import { compileDisplay } from '../../../src/types/display.js'
import { ownSamples, samples, uinfo } from './samples.js'
import { documents, keysOf } from './seeds.js'

const modules = { newer: 'ncs', older: 'confd' } as const

/** All keys that notifications of a type have in the samples, also those of dictionaries within. */
function keysInSamples(type: number, module: NcsModule): Set<string> {
  const keys = new Set<string>()
  const add = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const [key, inner] of Object.entries(value)) {
      keys.add(key)
      add(inner)
    }
  }
  for (const sample of [...samples, ...ownSamples].filter((each) => each.type === type)) {
    const { type: _, ...rest } = sample
    add(notificationOf(type, (Object.values(rest)[0] ?? {}) as Record<string, unknown>, module))
  }
  return keys
}

test.each(Object.entries(documents))(
  'every key of the %s document is a key of that type',
  (name, document) => {
    const sections = keysOf(document)
    expect(sections.flatMap(({ types }) => types).length).toBeGreaterThanOrEqual(name === 'newer' ? 23 : 18)
    expect(sections.flatMap(({ keys }) => keys).length).toBeGreaterThanOrEqual(name === 'newer' ? 110 : 70)
    for (const { types, keys } of sections) {
      for (const type of types.filter((each) => each !== 'NOTIF_TAKEOVER_SYSLOG')) {
        const known = keysInSamples(bitOf(type)!, modules[name as keyof typeof modules])
        expect({ type, missing: keys.filter((key) => !known.has(key)) }).toEqual({ type, missing: [] })
      }
    }
  },
)

test('counters of 64 bits are published and read exactly, beyond 2^53 as bigints', () => {
  const most = 2n ** 64n - 1n
  const item = samples.find(({ type }) => type === C.NCS_NOTIF_CQ_PROGRESS)!
  const { cq_progress } = item as Extract<NcsNotification, { type: typeof C.NCS_NOTIF_CQ_PROGRESS }>
  const { data } = eventOf({
    type: C.NCS_NOTIF_CQ_PROGRESS,
    cq_progress: { ...cq_progress, cq_id: most, timestamp: 5n },
  })
  const read = decode(encode(data)) as Record<string, unknown>
  const notification = notificationOf(C.NCS_NOTIF_CQ_PROGRESS, read)!
  expect(notification).toMatchObject({ cq_progress: { cq_id: most, timestamp: 5 } })
  expect(formatNotification(notification)).toContain(`cq_id=${most}`)
  const written = { ...cq_progress, cq_id: String(most) as unknown as bigint }
  expect(eventOf({ type: C.NCS_NOTIF_CQ_PROGRESS, cq_progress: written }).data.cq_id).toBe(most)
  for (const cq_id of [most + 1n, -1n, -1, 1.5, 2 ** 53, '1'] as number[])
    expect(() => eventOf({ type: item.type, cq_progress: { ...cq_progress, cq_id } } as never)).toThrow(
      /cq_id/,
    )
})

test('every type of notification has a sample', () => {
  const sampled = new Set([...samples, ...ownSamples].map(({ type }) => type))
  expect(kinds.filter(({ type }) => !sampled.has(type)).map(({ name }) => name)).toEqual([])
})

test('a notification becomes an event and is read from it unchanged', () => {
  for (const sample of samples) {
    const { data } = eventOf(sample)
    expect(notificationOf(sample.type, data)).toMatchObject(sample)
  }
})

test('the tag of an event has the name of its type and what it is about', () => {
  const tags = samples.map((sample) => eventOf(sample).tag)
  expect(tags).toContain('ncs/audit/admin')
  expect(tags).toContain('ncs/commit_diff/running')
  expect(tags).toContain('ncs/ha_info/secondary_died')
  expect(tags).toContain('ncs/call_home_info/r1')
  expect(tags).toContain('ncs/system_going_down')
  const name = 'a/b\u0007'
  expect(eventOf({ type: C.NOTIF_AUDIT, audit: { logno: 1, user: name, msg: '', usid: 0 } }).tag).toBe(
    'ncs/audit/a%2Fb%07',
  )
})

test('progress of a commit is also progress', () => {
  const [sample] = samples.filter(({ type }) => type === C.NOTIF_COMMIT_PROGRESS)
  expect(eventOf(sample).kind).toBe(maskOf(C.NOTIF_COMMIT_PROGRESS, C.NOTIF_PROGRESS))
  expect(eventOf({ type: C.NOTIF_SYSTEM_GOING_DOWN }).kind).toBe(2 ** 31)
})

const audit = { logno: 1, user: 'a', msg: 'm', usid: 0 }
const wrong: [string, unknown][] = [
  ['17 is no type', { type: 17 }],
  ['undefined is no type', {}],
  ['AUDIT: audit', { type: C.NOTIF_AUDIT }],
  ['AUDIT: audit.usid', { type: C.NOTIF_AUDIT, audit: { ...audit, usid: -1 } }],
  ['; audit.usid', { type: C.NOTIF_AUDIT, audit: { logno: 1, user: 'a' } }],
  ['AUDIT: audit', { type: C.NOTIF_AUDIT, audit: { ...audit, colour: 'red' } }],
  ['AUDIT: has no key "syslog"', { type: C.NOTIF_AUDIT, audit, syslog: {} }],
  ['AUDIT: audit.msg', { type: C.NOTIF_AUDIT, audit: { ...audit, msg: 'x'.repeat(70_000) } }],
  ['REOPEN_LOGS: has no key "audit"', { type: C.NOTIF_REOPEN_LOGS, audit }],
  ['HA_INFO: hnot needs noprimary', { type: C.NOTIF_HA_INFO, hnot: { type: 1 } }],
  ['HA_INFO: hnot cannot have noprimary', { type: C.NOTIF_HA_INFO, hnot: { type: 6, noprimary: 26 } }],
  [
    'HA_INFO: hnot.secondary_died',
    { type: C.NOTIF_HA_INFO, hnot: { type: 2, secondary_died: { nodeid: 'n', af: AF_INET, ip6: '::1' } } },
  ],
  [
    'COMMIT_FAILED: cfail has `daemon_name`',
    { type: C.NOTIF_COMMIT_FAILED, cfail: { provider: 3, dbname: 2 } },
  ],
  [
    'COMMIT_FAILED: cfail has `port`',
    { type: C.NOTIF_COMMIT_FAILED, cfail: { provider: 2, dbname: 2, port: 1 } },
  ],
  [
    'CONFIRMED_COMMIT: confirm.type',
    { type: C.NOTIF_CONFIRMED_COMMIT, confirm: { type: 9, timeout: 0, uinfo } },
  ],
  ['HEARTBEAT: is made by the hub', { type: C.NOTIF_HEARTBEAT }],
]

test.each(wrong)('a producer is told: %s …', (message, notification) => {
  let error: unknown
  try {
    eventOf(notification as NcsNotification)
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(TocsinError)
  expect(error).toMatchObject({ code: 'TCN_NCS_NOTIFICATION', message: expect.stringContaining(message) })
})

test('streams carry both names of their error, and the older keys stand beside the newer', () => {
  const failed = notificationOf(C.NOTIF_STREAM_EVENT, { type: 4, replay_error: 'expired' })
  expect(failed).toMatchObject({ stream: { error: 'expired', replay_error: 'expired' } })
  const ha = notificationOf(C.NOTIF_HA_INFO, { type: 1, noprimary: 26 }, 'confd')
  expect(ha).toMatchObject({ hnot: { noprimary: 26, nomaster: 26 } })
  const newer = notificationOf(C.NOTIF_HA_INFO, { type: 1, noprimary: 26 })
  expect(newer).not.toHaveProperty('hnot.nomaster')
  const step = notificationOf(C.NOTIF_COMMIT_PROGRESS, { datastore: 2, tid: 77, usid: 1, msg: 'x' }, 'confd')
  expect(step).toMatchObject({ progress: { database: 2, thandle: 77, usid: 1, msg: 'x' } })
})

test('a flat notification keeps its type and moves an inner one', () => {
  expect(flatten({ type: C.NOTIF_AUDIT, audit })).toEqual({ type: C.NOTIF_AUDIT, ...audit })
  expect(flatten({ type: C.NOTIF_SUBAGENT_INFO, subagent: { type: 2, name: 'edge' } })).toEqual({
    type: C.NOTIF_SUBAGENT_INFO,
    sub_type: 2,
    name: 'edge',
  })
  expect(flatten({ type: C.NOTIF_HEARTBEAT })).toEqual({ type: C.NOTIF_HEARTBEAT })
})

test('the dictionary of a type is known to the compiler', () => {
  const read = (n: NcsNotification): string | number | undefined => {
    if (n.type === C.NOTIF_AUDIT) return n.audit.msg
    if (n.type === C.NOTIF_DEVEL) return n.syslog.prio
    if (n.type === C.NOTIF_STREAM_EVENT) return n.stream.error
    return undefined
  }
  expect(read({ type: C.NOTIF_AUDIT, audit })).toBe('m')
})

test('a notification is printed as one line or as a block, with names instead of numbers', () => {
  const sample = samples.find(({ type }) => type === C.NOTIF_COMMIT_FAILED)!
  expect(formatNotification(sample)).toBe(
    'COMMIT_FAILED provider=DP_NETCONF dbname=RUNNING port=830 af=10 ip6=2001:db8::1',
  )
  expect(formatNotification(sample, { layout: 'block' }).split('\n')).toEqual([
    'COMMIT_FAILED',
    '  provider         DP_NETCONF',
    '  dbname           RUNNING',
    '  port             830',
    '  af               10',
    '  ip6              2001:db8::1',
  ])
  expect(formatNotification({ type: C.NOTIF_HEARTBEAT })).toBe('HEARTBEAT')
  for (const each of [...samples, ...ownSamples]) {
    expect(formatNotification(each)).not.toMatch(/undefined|\[object|\n/)
    expect(formatNotification(each, { layout: 'block' })).not.toMatch(/undefined|\[object/)
  }
})

test('text from elsewhere cannot control the terminal', () => {
  const line = formatNotification({
    type: C.NOTIF_AUDIT,
    audit: { ...audit, msg: '\u001b[2J\n\u009bx\u202e' },
  })
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('every event has a type with a schema and a line for people', () => {
  expect(ncsTypes.map(({ type }) => type)).not.toContain('ncs.heartbeat')
  for (const sample of samples) {
    const { tag, data } = eventOf(sample)
    const type = ncsTypes.find(({ tags }) => tags[0] === tag.split('/').slice(0, 2).join('/'))!
    expect(Object.keys(data).filter((key) => !Object.hasOwn(type.schema!.properties as object, key))).toEqual(
      [],
    )
    if (type.display === undefined || 'hnot' in sample) continue
    expect(compileDisplay(type.display)(data, 200)).toMatch(/^[^[\]{}]+$/)
  }
})
