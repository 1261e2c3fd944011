import { describe, expect, it } from 'vitest'
import type { LongOutput } from '../../../../src/bus/sink.js'
import { Event } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { FormattedEvents } from '../../../../src/faces/salt/rest/formatted-events.js'

const event = (tag: string, data: unknown) =>
  new Event(encodeFrame({ tag, source: 'salt/master', body: encode(data) }))

const job = (jid: string, minions: string[], fun = 'test.ping') =>
  event(`salt/job/${jid}/new`, { jid, fun, tgt: '*', tgt_type: 'glob', minions, _stamp: 'S' })
const returned = (jid: string, id: string, result: unknown, fun = 'test.ping') =>
  event(`salt/job/${jid}/ret/${id}`, { return: result, retcode: 0, success: true, fun })

const stepsOf = (message: string | LongOutput | undefined) => [
  ...{ [Symbol.iterator]: () => (message as LongOutput).steps() },
]

/** The text of a message in parts, whose headers have four bytes at most here. */
function textOf(message: string | LongOutput | undefined): string {
  if (typeof message === 'string') return message
  const parts = stepsOf(message).flatMap((frames) => frames.filter((_, at) => at % 2 === 1))
  return Buffer.concat(parts).toString()
}

describe('messages about jobs', () => {
  it('leave out the oldest jobs when they get too long, and say the same of the others', () => {
    const formatted = new FormattedEvents()
    const jobs = Array.from({ length: 100 }, (_, nth) => job(`j${nth}`, ['a']))
    const returns = jobs.map((_, nth) => returned(`j${nth}`, 'a', 'x'.repeat(10_000)))
    const [message] = formatted.of([...jobs, ...returns])
    expect((message as string).length).toBeLessThan(257 * 1024)
    const told = Object.keys(JSON.parse(message as string).jobs)
    expect(told.at(-1)).toBe('j99')
    expect(told.length).toBeGreaterThan(20)
    expect(Object.keys(JSON.parse(formatted.of([returned('j99', 'a', 1)])[0] as string).jobs)).toEqual(told)
  })

  it('tell that a job is complete, without a result that is very long', () => {
    const formatted = new FormattedEvents()
    const [message] = formatted.of([job('1', ['a']), returned('1', 'a', 'x'.repeat(300_000))])
    expect(JSON.parse(message as string).jobs[1]).toMatchObject({
      state: 'complete',
      minions: { a: { success: true, retcode: 0 } },
    })
    expect((message as string).length).toBeLessThan(1000)
  })

  it('do not change for other tags', () => {
    const formatted = new FormattedEvents()
    const { data } = job('1', ['a'])
    for (const tag of ['salt/new/1', 'salt/job/1', 'salt/job/1/key', 'new', 'salt/toString'])
      expect(formatted.of([event(tag, { ...(data as object), act: 'accept', id: 'a' })])).toEqual([])
  })

  it('do not change for an event with very many values, or without a map', () => {
    const formatted = new FormattedEvents()
    formatted.of([job('1', ['a'])])
    expect(
      formatted.of([returned('1', 'a', new Array(300_000).fill(1)), event('salt/job/1/ret/a', 'x')]),
    ).toEqual([])
  })
})

describe('messages about minions', () => {
  it('are made in parts of bounded length, of the minions at that time', () => {
    const formatted = new FormattedEvents()
    const grains = { os: 'Debian', list: new Array(1000).fill('x') }
    const ids = Array.from({ length: 500 }, (_, nth) => `m${nth}`)
    const [, message] = formatted.of([
      job('1', ids, 'grains.items'),
      ...ids.map((id) => returned('1', id, grains, 'grains.items')),
    ])
    const before = stepsOf(message).length
    expect(before).toBeGreaterThan(100)
    for (const pieces of stepsOf(message)) expect(Buffer.concat([...pieces]).length).toBeLessThan(32 * 1024)
    formatted.of([event('salt/key', { act: 'delete', id: 'm3' })])
    expect(JSON.parse(textOf(message)).minions).toEqual(ids.map((id) => ({ grains, id })))
    expect(textOf(message).startsWith('{"minions": [{"grains": {"os": "Debian", "list": ["x", ')).toBe(true)
  })

  it('keep the grains of a minion whose key is accepted again', () => {
    const formatted = new FormattedEvents()
    formatted.of([returned('1', 'a', { os: 'Debian' }, 'grains.items')])
    const [message] = formatted.of([event('salt/key', { act: 'accept', id: 'a' })])
    expect(textOf(message)).toBe('{"minions": [{"grains": {"os": "Debian"}, "id": "a"}]}')
  })
})
