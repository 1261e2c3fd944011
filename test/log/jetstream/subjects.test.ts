import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGlob, matchGlob } from '../../../src/filter/fnmatch.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'

const subjects = new Subjects('tocsin')

/** The bytes of the text as characters, as the hub hands them over. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** What a NATS server does. */
function isCovered(subject: string, by: string): boolean {
  const tokens = subject.split('.')
  const pattern = by.split('.')
  if (pattern.at(-1) !== '>') return subject === by
  return tokens.length >= pattern.length && pattern.slice(0, -1).every((token, at) => token === tokens[at])
}

const segment = fc.oneof(
  fc.constantFrom('', 'salt', 'job', 'web01.example.com', '%', '%2E', '*', '>', 'a b', 'ü', '\u{1f514}', '-'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('/', '')),
  fc.integer({ min: 90, max: 200 }).map((length) => 'x'.repeat(length)),
)
const tag = fc.array(segment, { minLength: 1, maxLength: 24 }).map((segments) => segments.join('/'))

describe('subjects of tags', () => {
  test.each([
    ['salt/job/20261122/ret/web1', 'tocsin.event.salt.job.20261122.ret.web1'],
    ['web01.example.com', 'tocsin.event.web01%2Eexample%2Ecom'],
    ['salt//x/', 'tocsin.event.salt.%.x.%'],
    ['a b/*/>/\t', 'tocsin.event.a%20b.%2A.%3E.%09'],
    ['é%', 'tocsin.event.%C3%A9%25'],
  ])('%j', (text, subject) => {
    expect(subjects.of(bytesOf(text))).toBe(subject)
  })

  test('different tags have different subjects, all of which a NATS server takes', () => {
    fc.assert(
      fc.property(tag, tag, (one, other) => {
        const subject = subjects.of(bytesOf(one))
        expect(subject).toMatch(/^[A-Za-z0-9_%~-]+(\.[A-Za-z0-9_%~-]+)*$/)
        expect(subject.length).toBeLessThan(500)
        expect(subject === subjects.of(bytesOf(other))).toBe(one === other)
      }),
      { numRuns: 2000 },
    )
  })

  test('a long tag is told apart by its end', () => {
    const long = 'segment/'.repeat(5000)
    expect(subjects.of(`${long}a`)).not.toBe(subjects.of(`${long}b`))
    expect(subjects.of(`${'x'.repeat(5000)}a/z`)).not.toBe(subjects.of(`${'x'.repeat(5000)}b/z`))
  })

  test('the subject of a prefix covers every tag that begins with it', () => {
    fc.assert(
      fc.property(tag, fc.nat(200), (text, length) => {
        const all = bytesOf(text)
        expect(isCovered(subjects.of(all), subjects.coveringPrefix(all.slice(0, length)))).toBe(true)
      }),
      { numRuns: 2000 },
    )
    expect(subjects.coveringPrefix('salt/auth')).toBe('tocsin.event.salt.>')
    expect(subjects.coveringPrefix('salt')).toBe('tocsin.event.>')
    expect(subjects.coveringPrefix('')).toBe('tocsin.event.>')
  })

  test('the subject of a glob covers every tag that it matches, over segments too', () => {
    expect(subjects.coveringGlob('salt/job/*/ret/*')).toBe('tocsin.event.salt.job.>')
    expect(subjects.coveringGlob('salt/job')).toBe('tocsin.event.salt.job')
    const ascii = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '?', 'ab/'), { maxLength: 12 })
      .map((parts) => parts.join(''))
    const plain = fc
      .array(fc.constantFrom('a', 'b', '/', 'ab/'), { minLength: 1, maxLength: 12 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(ascii, plain, (glob, text) => {
        if (!matchGlob(compileGlob(glob), Buffer.from(text), 0, text.length)) return
        expect(isCovered(subjects.of(text), subjects.coveringGlob(glob))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})
