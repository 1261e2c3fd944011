import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter, parseFilter } from '../../../src/filter/index.js'
import { tokensOf } from '../../../src/filter/tokens/frame-tokens.js'
import { mayMatchTokens, type NeededTokens } from '../../../src/filter/tokens/needed.js'
import { neededTokens } from '../../../src/filter/tokens/needed-tokens.js'
import { repeats } from '../../helpers/repeats.js'
import { frameAt, type TestEvent } from '../frames.js'
import { askedFor, questionOn, storedEvent } from './questions.js'

function tokensIn(event: TestEvent): Set<number> {
  const { bytes, at } = frameAt(event)
  const tokens = new Set<number>()
  tokensOf(bytes, at, (token) => tokens.add(token))
  return tokens
}

function needed(input: unknown): NeededTokens | undefined {
  return neededTokens(parseFilter(askedFor(input)))
}

/** False if the tokens alone show that the event does not match. */
function mayMatch(input: unknown, event: TestEvent): boolean {
  const tokens = needed(input)
  return tokens === undefined || mayMatchTokens(tokens, (token) => tokensIn(event).has(token))
}

const saying = (message: unknown) => ({ tag: 'app/log', data: { message } })

describe('the tokens that a filter needs', () => {
  it('are those of every event that matches', () => {
    let matching = 0
    let excluded = 0
    fc.assert(
      fc.property(
        fc
          .array(storedEvent, { minLength: 2, maxLength: 6 })
          .chain((events) => fc.tuple(fc.constant(events), questionOn(events))),
        ([events, question]) => {
          const filter = parseFilter(askedFor(question))
          const matcher = compileFilter(filter, { typeOf: (tag) => tag })
          for (const event of events) {
            const { bytes, at } = frameAt(event)
            const isMatch = matcher.matches(bytes, at)
            const isPossible = mayMatch(question, event)
            if (isMatch) matching++
            if (!isPossible) excluded++
            expect(isPossible || !isMatch).toBe(true)
          }
        },
      ),
      { numRuns: repeats(187, 15000) },
    )
    expect(matching).toBeGreaterThan(10)
    expect(excluded).toBeGreaterThan(10)
  })

  it('exclude events without the words of a search', () => {
    expect(mayMatch({ grep: 'card refused' }, saying('refused: card'))).toBe(true)
    expect(mayMatch({ grep: 'refuse' }, saying('card refused'))).toBe(false)
    expect(mayMatch({ grep: { words: 'TASK', ignoreCase: true } }, saying('ta\u017f\u212a'))).toBe(true)
    expect(mayMatch({ grep: { words: 'fünf TASK', ignoreCase: true } }, saying('FÜNF fork'))).toBe(false)
    expect(mayMatch({ grep: { part: 'a card re' } }, saying('a cart refused'))).toBe(false)
    expect(mayMatch({ grep: { part: 'ard re' } }, saying('nothing'))).toBe(true)
    expect(mayMatch({ grep: { pattern: 'Failed login for \\w+ from' } }, saying('Failed for x'))).toBe(false)
    expect(needed({ grep: { pattern: '(?i)a card refused' } })).toBe(undefined)
  })

  it('tell addresses apart that have the same words', () => {
    const of = (address: string) => saying(`from ${address}:22 port 66`)
    expect(mayMatch({ grep: '203.0.113.66' }, of('203.0.113.66'))).toBe(true)
    expect(mayMatch({ grep: '203.0.113.66' }, of('113.203.66.0'))).toBe(false)
    expect(mayMatch({ grep: '2001:db8:0:1' }, of('fe80:2001:db8:0:1'))).toBe(true)
    expect(mayMatch({ grep: 'de:ad:be:ef:00:01' }, of('01:de:ad:be:ef:00'))).toBe(false)
    expect(mayMatch('data.ip = "203.0.113.66"', { tag: 't', data: { ip: '203.0.113.66' } })).toBe(true)
    expect(mayMatch('data.ip = "203.0.113.66"', { tag: 't', data: { ip: '66.113.0.203' } })).toBe(false)
  })

  it('tell hosts in tags and sources apart that have the same words', () => {
    const of = (host: string) => ({ tag: `syslog/net/${host}/sshd`, source: `host/${host}` })
    expect(mayMatch('tag LIKE "syslog/net/web-7.fra/%"', of('web-7.fra'))).toBe(true)
    expect(mayMatch('tag LIKE "syslog/net/web-7.fra/%"', of('fra-7.web'))).toBe(false)
    expect(mayMatch('tag LIKE "syslog/net/web-7.f%"', of('web-7.fra'))).toBe(true)
    expect(mayMatch({ glob: { tag: 'syslog/*/web-7.fra/*' } }, of('fra-7.web'))).toBe(false)
    expect(mayMatch({ suffix: { tag: '/sshd' } }, { tag: 'a/sshd2' })).toBe(false)
    expect(mayMatch({ exact: { source: 'host/web-7.fra' } }, of('fra-7.web'))).toBe(false)
  })

  it('have one form for a number, whatever it is written like', () => {
    const status = (value: unknown) => ({ tag: 't', data: { status: value } })
    for (const value of [404, 404.0, '404', '0404', '+404'])
      expect(mayMatch('data.status = 404', status(value))).toBe(true)
    expect(mayMatch('data.status = 404', status(405))).toBe(false)
    expect(mayMatch({ exact: { 'data.status': 404 } }, status(200))).toBe(false)
    expect(mayMatch("data.status = '404'", status(404))).toBe(true)
    for (const number of ['1', '404.5', '4294967296.0', '-4'])
      expect(needed(`data.status = ${number}`)).toBe(undefined)
  })

  it('are unknown where other events can match too', () => {
    for (const condition of [
      "data.a <> 'one two'",
      "NOT (data.a = 'one two')",
      "data.a LIKE '%ne tw%'",
      'data.a > 100',
      "data.a = 'one two' OR data.b > 3",
      "UPPER(data.a) = 'ONE TWO'",
      "time = '2026-11-25T00:00:00Z'",
      "type = 'demo.door'",
      "data.a = '51234'",
      "data.a IN ('one two', 'true')",
    ])
      expect(needed(condition)).toBe(undefined)
    expect(needed({ not: { grep: 'refused' } })).toBe(undefined)
  })
})
