import { describe, expect, it } from 'vitest'
import { topics } from '../../../src/cli/help/topics.js'
import { helpWidth, wrapText } from '../../../src/cli/help/wrap.js'
import type { Io } from '../../../src/cli/io.js'
import { displayWidth } from '../../../src/cli/terminal/text.js'

describe('wrapText', () => {
  it('joins the lines of a paragraph and breaks them anew', () => {
    expect(wrapText('one two three\nfour five\n\nsix', 14)).toBe('one two three\nfour five\n\nsix')
    expect(wrapText('one two three\nfour five\n\nsix', 19)).toBe('one two three four\nfive\n\nsix')
  })

  it('keeps the meanings of entries aligned', () => {
    const text = '  start   the oldest event that is\n          kept\n  end     the last event'
    expect(wrapText(text, 24)).toBe(
      '  start   the oldest\n          event that is\n          kept\n  end     the last event',
    )
    expect(wrapText(text, 60)).toBe('  start   the oldest event that is kept\n  end     the last event')
  })

  it('never breaks an example', () => {
    expect(wrapText("  --where 'data.retcode <> 0'\n  next one", 12)).toBe(
      "  --where 'data.retcode <> 0'\n  next one",
    )
  })
})

describe('the topics of help', () => {
  it.each([80, 100])('fit %i columns', (width) => {
    for (const { name, text } of topics)
      for (const line of wrapText(text, width).split('\n'))
        expect(displayWidth(line), `${name}: ${line}`).toBeLessThanOrEqual(width)
  })
})

describe('the width of help', () => {
  const width = (columns: number | undefined, COLUMNS?: string) =>
    helpWidth({ out: { columns }, env: { COLUMNS } } as unknown as Io)

  it('is that of the terminal, else what COLUMNS says, else that of most terminals, and never too wide to read', () => {
    expect(width(80)).toBe(80)
    expect(width(80, '120')).toBe(80)
    expect(width(undefined, '72')).toBe(72)
    expect(width(undefined, 'wide')).toBe(80)
    expect(width(undefined)).toBe(80)
    expect(width(200)).toBe(100)
    expect(width(3)).toBe(40)
  })
})
