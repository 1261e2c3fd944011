import { describe, expect, it } from 'vitest'
import {
  certificateNotes,
  memberNotes,
  serverNotes,
  widestRetention,
} from '../../src/cluster/cluster-notes.js'
import type { Member } from '../../src/cluster/members.js'

const DAY = 86_400e6

function member(name: string, fields: Partial<Member> = {}): Member {
  return {
    id: `${name}1`,
    name,
    address: `tls://${name}:4581`,
    version: '1',
    position: 0,
    term: 0,
    ...fields,
  }
}

describe('the notes about hubs', () => {
  it('are none when nothing is wrong', () => {
    const retention = { age: DAY }
    expect(memberNotes([member('one', { retention }), member('two', { retention, ahead: -100 })])).toEqual([])
  })

  it('name hubs with the same name, a wrong clock or no address', () => {
    const [one, two] = [member('one'), member('two', { ahead: 30e6 })]
    expect(memberNotes([one, { ...one, id: 'x' }])).toEqual([expect.stringContaining('have the name one')])
    expect(memberNotes([one, two])).toEqual([
      expect.stringMatching(/^the clock of two is 30 ?s ahead of that of NATS/),
    ])
    expect(memberNotes([{ ...one, address: undefined }])).toEqual([
      expect.stringContaining('one has no cluster.address'),
    ])
  })

  it('name what each hub keeps when that differs', () => {
    const hubs = [member('one', { retention: { age: DAY } }), member('two', { retention: {} }), member('old')]
    expect(memberNotes(hubs)).toEqual([expect.stringMatching(/\(one keeps 1 ?d.*, two keeps all\)/)])
  })
})

describe('what hubs keep that disagree', () => {
  it('is what the one that keeps most does, for each limit', () => {
    expect(
      widestRetention([
        { age: DAY, count: 5 },
        { age: 3 * DAY, count: 7, bytes: 1 },
      ]),
    ).toEqual({
      age: 3 * DAY,
      count: 7,
      bytes: undefined,
    })
  })
})

describe('the notes about servers', () => {
  it('say what to do when one is offline', () => {
    const at = { lag: 0, silent: 0 }
    const notes = serverNotes({
      followers: [
        { name: 'n1', state: 'current', ...at },
        { name: 'n2', state: 'offline', ...at },
      ],
    })
    expect(notes).toEqual([expect.stringMatching(/^the NATS server n2 is offline: start it again/)])
  })

  it('name no single server when none leads', () => {
    const notes = serverNotes({ followers: [], unled: ['n1', 'n2', 'n3'] })
    expect(notes).toEqual([
      'none of the NATS servers n1, n2, n3 leads the stream of the log: let more than half of them run and reach each other',
    ])
  })
})

it('name a certificate of NATS two weeks before it expires', () => {
  const now = Date.UTC(2026, 0, 1) * 1000
  const notes = (days: number) =>
    certificateNotes({ server: 'n1:4222', certificateEnds: now + days * DAY }, now)
  expect(certificateNotes({ server: 'n1:4222' }, now)).toEqual([])
  expect(notes(15)).toEqual([])
  expect(notes(13)).toEqual([expect.stringContaining('n1:4222 expires at 2026-01-14T00:00:00')])
  expect(notes(-1)).toEqual([expect.stringContaining('has expired at 2025-12-31')])
})
