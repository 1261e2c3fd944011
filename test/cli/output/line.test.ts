import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventLine, lineFormat, longFormat } from '../../../src/cli/output/line.js'
import { displayWidth } from '../../../src/cli/terminal/text.js'
import { compileDisplay } from '../../../src/types/display.js'
import { sampleEvent, sampleView, textOf } from './sample.js'

const plain = sampleView()

describe('line format', () => {
  it('shows time, tag, a summary and the source', () => {
    const event = sampleEvent({ data: { retcode: 0, fun: 'test.ping', return: true } })
    expect(lineFormat(plain).encode(event)).toBe(
      '2026-11-20T06:31:07.123Z  salt/job/1/ret/web1  retcode=0 fun=test.ping return=true  [salt/master]\n',
    )
  })

  it('shows the data as the type of the event displays it', () => {
    const display = compileDisplay('{id} {fun}[: {return}]')
    const view = { ...plain, displayOf: () => display }
    const line = (data: unknown) =>
      eventLine(sampleEvent({ data, source: '' }), view)
        .split('  ')
        .at(-1)
    expect(line({ id: 'web1', fun: 'test.ping', return: true, retcode: 0 })).toBe('web1 test.ping: true')
    expect(line({ other: 1 })).toBe('other=1')
  })

  it.each([
    ['host/web1/system/load', 'host/web1/system', false],
    ['hub/started', 'hub/web1', false],
    ['deploy/web', '', false],
    ['deploy/web', 'ci', true],
    ['host/web10/x', 'host/web1', true],
  ])('the event %s of %s names its source only where the tag does not: %s', (tag, source, isShown) => {
    expect(eventLine(sampleEvent({ tag, source, data: 'x' }), plain).includes(`[${source}]`)).toBe(isShown)
  })

  it('shows the time at which a forwarded or imported event happened', () => {
    const event = sampleEvent({ attributes: { time: '2026-11-19T04:00:00.5Z' } })
    expect(lineFormat(plain).encode(event)).toContain('2026-11-19T04:00:00.500Z')
    expect(longFormat(plain).encode(event)).toContain('2026-11-19T04:00:00.500Z')
  })

  it('aligns what follows the tags on a terminal, and shows a tag in full where the summary leaves room', () => {
    const format = lineFormat(sampleView({ columns: 80 }))
    const line = (tag: string, data: unknown) => textOf(format.encode(sampleEvent({ tag, data, source: '' })))
    const lines = [line('host/a/system/memory', 'x'), line('a', 'y'), line(`t/${'long/'.repeat(7)}end`, 'z')]
    const last = lines.map((text) => text.trimEnd().split('\n').at(-1)!)
    expect(last[0].indexOf('x')).toBe(last[1].indexOf('y'))
    expect(last[2]).toContain(`t/${'long/'.repeat(7)}end  z`)
    expect(
      line(`t/${'long/'.repeat(30)}end`, 'z'.repeat(30))
        .split('\n')
        .at(-2),
    ).toMatch(/ {2}t\/long.*….*\/end {2}z{30}$/)
  })

  it('begins a day with a line of its own on a terminal, and never in a pipe', () => {
    const lines = textOf(lineFormat(sampleView({ columns: 80 })).encode(sampleEvent({ data: 'x' }))).split(
      '\n',
    )
    expect(lines[0]).toMatch(/^2026-11-20 \(UTC[+-]\d\d:\d\d\)$/)
    expect(lines[1]).toMatch(/^\d\d:31:07\.123 {2}/)
    expect(textOf(lineFormat(plain).encode(sampleEvent())).split('\n')).toHaveLength(2)
  })

  it('shows cursor and source in the long format, however narrow the terminal is', () => {
    const line = longFormat(sampleView({ columns: 20 })).encode(sampleEvent({ data: { n: 1 } }))
    expect(line).toBe('2026-11-20T06:31:07.123Z  k3x9f2-7  salt/job/1/ret/web1  salt/master  n=1\n')
  })

  it.each([
    [{ severity: 'err' }, '31'],
    [{ level: 2 }, '31'],
    [{ success: false }, '31'],
    [{ retcode: 1, success: true }, '31'],
    [{ severity: 4 }, '33'],
    [{ success: true }, '32'],
    [{ level: 30 }, undefined],
    [{ text: 'error' }, undefined],
  ])('colours %j as %s', (data, color) => {
    const line = eventLine(sampleEvent({ tag: 'a', data, source: '' }), sampleView({ color: true }))
    const last = line.split('  ').at(-1)!
    expect(/^\x1b\[(\d+)m/.exec(last)?.[1]).toBe(color)
  })

  it('marks an event that was delivered before', () => {
    expect(eventLine(sampleEvent({ data: 'x', flags: 1, source: '' }), plain)).toMatch(
      / {2}\(redelivered\) x$/,
    )
  })

  it('says nothing about the data of an event without data', () => {
    expect(eventLine(sampleEvent({ data: null, source: '' }), plain)).toMatch(/\S$/)
    expect(eventLine(sampleEvent({ data: null, source: '' }), plain)).not.toContain('null')
  })

  it('quotes text with blanks, and shows nested values', () => {
    const data = {
      text: 'two words',
      list: [1, 'a b', null],
      map: { a: { b: 1 } },
      bytes: new Uint8Array(3),
      big: 2n ** 60n,
    }
    expect(eventLine(sampleEvent({ data, source: '' }), plain)).toMatch(
      / {2}two words {2}big=1152921504606846976 list=\[1, "a b", null\] map=\{a: \{b: 1\}\} bytes=<3 bytes 000000>$/,
    )
  })

  it('shows the first bytes as hexadecimal digits', () => {
    const summary = (data: unknown) =>
      eventLine(sampleEvent({ data, source: '' }), plain)
        .split('  ')
        .at(-1)
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
    expect(line).toBe('2026-11-20T06:31:07.123Z  a\\u{202e}b  k\\n="v\\u001b[31m\\n\\x9b"  [s\\x85]')
  })

  it('cuts lines at the width of the terminal', () => {
    const event = sampleEvent({ data: { text: 'x'.repeat(500) } })
    const line = eventLine(event, sampleView({ columns: 80 }))
    expect(displayWidth(line)).toBe(80)
    expect(line).toMatch(/x…$/)
  })

  it('leaves a source out that would be cut', () => {
    const event = sampleEvent({ tag: 'a', source: 'host/web1', data: 'x' })
    const whole = displayWidth(eventLine(event, sampleView({ columns: 80 })))
    expect(eventLine(event, sampleView({ columns: whole }))).toMatch(/ {2}x {2}\[host\/web1\]$/)
    expect(eventLine(event, sampleView({ columns: whole - 1 }))).toMatch(/ {2}x$/)
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
        const event = sampleEvent({ data, source: '' })
        const painted = eventLine(event, sampleView({ columns, color: true }))
        expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(eventLine(event, sampleView({ columns })))
      }),
    )
  })
})
