import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventLine, lineFormat } from '../../../src/cli/output/line.js'
import { displayWidth } from '../../../src/cli/terminal/text.js'
import { sampleEvent, sampleView } from './sample.js'

const plain = sampleView()

describe('line format', () => {
  it('shows time, tag, source and a summary', () => {
    const event = sampleEvent({ data: { retcode: 0, fun: 'test.ping', return: true } })
    expect(lineFormat(plain).encode(event)).toBe(
      '2026-11-20T06:31:07.123Z  salt/job/1/ret/web1  salt/master  retcode=0 fun=test.ping return=true\n',
    )
  })

  it('marks an event that was delivered before', () => {
    expect(eventLine(sampleEvent({ data: 'x', flags: 1 }), plain)).toMatch(/ {2}\(redelivered\) x$/)
  })

  it('quotes text with blanks, and shows nested values', () => {
    const data = {
      text: 'two words',
      list: [1, 'a b', null],
      map: { a: { b: 1 } },
      bytes: new Uint8Array(3),
      big: 2n ** 60n,
    }
    expect(eventLine(sampleEvent({ data }), plain)).toMatch(
      / {2}text="two words" list=\[1, "a b", null\] map=\{a: \{b: 1\}\} bytes=<3 bytes 000000> big=1152921504606846976$/,
    )
  })

  it('shows the first bytes as hexadecimal digits', () => {
    const summary = (data: unknown) => eventLine(sampleEvent({ data }), plain).split('  ').at(-1)
    expect(summary(Uint8Array.of(0xca, 0xfe, 7))).toBe('<3 bytes cafe07>')
    expect(summary({ none: new Uint8Array(0) })).toBe('none=<0 bytes>')
    expect(summary(new Map([[Uint8Array.of(1, 2), { deep: 1 }]]))).toBe('<2 bytes 0102>={deep: 1}')
    expect(summary([new Uint8Array(17)])).toBe(`[<17 bytes ${'00'.repeat(16)}…>]`)
  })

  it('keeps each event on one line, whatever its data contains', () => {
    const line = eventLine(
      sampleEvent({ tag: 'a\u202eb', source: 's\u0085', data: { 'k\n': 'v\x1b[31m\n\u009b' } }),
      plain,
    )
    expect(line).toBe('2026-11-20T06:31:07.123Z  a\\u{202e}b  s\\x85  k\\n="v\\u001b[31m\\n\\x9b"')
  })

  it('cuts lines at the width of the terminal', () => {
    const event = sampleEvent({ data: { text: 'x'.repeat(500) } })
    const line = eventLine(event, sampleView({ columns: 80 }))
    expect(displayWidth(line)).toBe(80)
    expect(line.endsWith('…')).toBe(true)
  })

  it('limits the summary if there is no terminal', () => {
    expect(eventLine(sampleEvent({ data: { text: 'x'.repeat(1_000_000) } }), plain).length).toBeLessThan(2200)
    expect(eventLine(sampleEvent({ data: Array(100_000).fill('abc') }), plain).length).toBeLessThan(2200)
  })

  it('colours the tag by its first two segments', () => {
    const view = sampleView({ color: true })
    const colorOf = (tag: string) =>
      /\x1b\[(\d+)m(?=salt|host)/.exec(eventLine(sampleEvent({ tag }), view))?.[1]
    expect(colorOf('salt/job/1')).toBe(colorOf('salt/job/2/ret'))
    expect(colorOf('salt/job/1')).toMatch(/^\d+$/)
    expect(
      new Set(['salt/job', 'salt/auth', 'host/a', 'host/b', 'host/c', 'host/d'].map(colorOf)).size,
    ).toBeGreaterThan(2)
  })

  it('is never wider than the terminal and has no control character', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const value = fc.jsonValue({ stringUnit: 'binary' })
    fc.assert(
      fc.property(text, text, value, fc.integer({ min: 1, max: 120 }), (tag, source, data, columns) => {
        const line = eventLine(sampleEvent({ tag: `t${tag}`, source, data }), sampleView({ columns }))
        expect(displayWidth(line)).toBeLessThanOrEqual(columns)
        expect(line).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })

  it('changes nothing but colours when colours are on', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 120 }), (data, columns) => {
        const event = sampleEvent({ data })
        const painted = eventLine(event, sampleView({ columns, color: true }))
        expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(eventLine(event, sampleView({ columns })))
      }),
    )
  })
})
