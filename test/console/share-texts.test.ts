import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { asCode, asCommand, asUrl } from '../../console/pages/events/share-texts.js'

const query = { patterns: ['salt/', '{"exact": {"data.n": 1}}'], where: '', choices: [] }
/** A filter in JSON stands alone. */
const whole = '{"any":[{"prefix":{"tag":"salt/"}},{"exact":{"data.n":1}}]}'
const range = { from: '2026-11-22T14:00:00.000Z', to: '2026-11-22T15:00:00.000Z' }

beforeAll(() => {
  vi.stubGlobal('location', { origin: 'http://hub' })
})

afterAll(() => {
  vi.unstubAllGlobals()
})

it('a time that was chosen has its end in the command, the URL and the code', () => {
  expect(asCommand(query, range)).toBe(`tocsin read '${whole}' --from ${range.from} --to ${range.to}`)
  const url = new URL(asUrl(query, range) ?? '')
  expect(url.pathname).toBe('/v1/stream')
  expect([...url.searchParams]).toEqual([
    ['filter', whole],
    ['from', range.from],
    ['to', range.to],
  ])
  expect(asCode(query, range)).toContain(`, ${JSON.stringify(range)}).events()`)
})

it('the last minutes go on without an end', () => {
  const live = { from: '-15m' }
  expect(asCommand(query, live)).toBe(`tocsin tail '${whole}' --from -15m`)
  expect(new URL(asUrl(query, live) ?? '').searchParams.has('to')).toBe(false)
  expect(asCode(query, live)).toContain(', {"from":"-15m"}).events()')
})

it('a position of an address is one word of a shell', () => {
  expect(asCommand({ ...query, patterns: [] }, { from: 'x; y', to: "it's" })).toBe(
    `tocsin read --from 'x; y' --to 'it'\\''s'`,
  )
})

it('events of edge hubs are asked for by a command and by code, and no stream has them', () => {
  const asked = { ...range, edges: 'web*,!web7' }
  expect(asCommand({ ...query, patterns: ['salt/'] }, asked)).toBe(
    `tocsin read salt/ --edges 'web*,!web7' --from ${range.from} --to ${range.to}`,
  )
  expect(asUrl(query, asked)).toBeUndefined()
  expect(asCode(query, asked)).toContain(`hub.request('events.read', `)
  expect(asCode(query, asked)).toContain('"edges":"web*,!web7"')
})
