import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cut,
  displayWidth,
  escapeJson,
  escapeText,
  padEnd,
  padStart,
} from '../../../src/cli/terminal/text.js'
import { requireTool } from '../../helpers/tools.js'

/** Any text, in which dangerous and wide characters are more frequent than by chance. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '\x1b[31m',
        '\x9b2J',
        '\u202e',
        '\ufeff',
        '\r',
        '\n',
        '漢字',
        '👩‍👩‍👧',
        'e\u0301',
        '❤️',
        '🇨🇭',
        '\u2028',
        '\ud800',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

describe('escapeText', () => {
  it('shows control characters instead of obeying them', () => {
    expect(escapeText('a\nb\tc\rd')).toBe('a\\nb\\tc\\rd')
    expect(escapeText('\x1b[2J\x07\x7f\x9b')).toBe('\\x1b[2J\\x07\\x7f\\x9b')
    expect(escapeText('\u202etxt.exe\u2028\ufeff')).toBe('\\u{202e}txt.exe\\u{2028}\\u{feff}')
  })

  it('shows half a surrogate pair', () => {
    expect(escapeText('a\ud83d')).toBe('a\\u{d83d}')
  })

  it('leaves ordinary text in any language unchanged', () => {
    for (const text of ['plain', 'Grüße', '漢字', 'हिन्दी', '👩‍👩‍👧', 'C:\\temp'])
      expect(escapeText(text)).toBe(text)
  })

  it('lets no control character through', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeText(text)).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})

describe('escapeJson', () => {
  it('returns JSON of the same value without control characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = escapeJson(JSON.stringify({ text }))
        expect(JSON.parse(json)).toEqual({ text })
        expect(json).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  it('writes characters beyond 16 bits as a pair', () => {
    expect(escapeJson('"\u{e0001}"')).toBe('"\\udb40\\udc01"')
  })
})

describe('displayWidth', () => {
  it('counts columns, not characters', () => {
    expect(displayWidth('abc')).toBe(3)
    expect(displayWidth('漢字')).toBe(4)
    expect(displayWidth('e\u0301')).toBe(1)
    expect(displayWidth('🔔')).toBe(2)
    expect(displayWidth('ｆｕｌｌ')).toBe(8)
  })

  it('never counts fewer columns than Unicode defines', () => {
    const script = `
import sys, unicodedata
for code in range(0x20, 0x110000):
    if 0xd800 <= code < 0xe000: continue
    c = chr(code)
    if unicodedata.category(c) == 'Cn': continue
    if unicodedata.east_asian_width(c) in 'WF' and not unicodedata.combining(c): print(code)
`
    const wide = execFileSync(requireTool('python3'), ['-c', script], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
    expect(wide.length).toBeGreaterThan(80_000)
    const narrow = wide.filter((code) => displayWidth(String.fromCodePoint(code)) < 2)
    expect(narrow.map((code) => code.toString(16))).toEqual([])
  })
})

describe('cut', () => {
  it('marks omitted text', () => {
    expect(cut('abcdef', 6)).toBe('abcdef')
    expect(cut('abcdefg', 6)).toBe('abcde…')
    expect(cut('漢字漢字', 6)).toBe('漢字…')
    expect(cut('abc', 0)).toBe('')
  })

  it('is never wider than requested, and a beginning of the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, columns) => {
        const safe = escapeText(text)
        const kept = cut(safe, columns)
        expect(displayWidth(kept)).toBeLessThanOrEqual(columns)
        expect(safe.startsWith(kept.replace(/…$/, '')) || kept === safe).toBe(true)
      }),
    )
  })
})

describe('padding', () => {
  it('fills columns', () => {
    expect(padEnd('漢', 4)).toBe('漢  ')
    expect(padStart('7', 3)).toBe('  7')
    expect(padEnd('longer', 3)).toBe('longer')
  })
})
