import { describe, expect, it } from 'vitest'
import { phrases } from '../docs/phrases.js'
import { commentsOf, filesUnder } from './sources.js'

const comments = ['src', 'console', 'bench', 'scripts', 'python']
  .flatMap(filesUnder)
  .filter(({ path }) => /\.(tsx?|mjs|py)$/.test(path))
  .flatMap((file) => commentsOf(file).map((words) => ({ path: file.path, words })))

function counted(pattern: RegExp): string[] {
  return comments.filter(({ words }) => pattern.test(words)).map(({ path, words }) => `${path}: ${words}`)
}

/** Expressions in comments that readers stumble over. The numbers may only go down. */
const limits: readonly (readonly [pattern: RegExp, most: number])[] = [
  [/^(?:What|Whether|How|Of)\b(?!.*\?$)/, 0],
  [/\btold\b/, 46],
  [/\b(?:go|goes|going) on\b/, 50],
  [/\bso many\b/, 32],
  [/\bnobody\b/i, 133],
  [/\b(?:anew|for ever|at last|any more)\b/, 99],
]

describe('comments in code', () => {
  it('are found in every language', () => {
    const file = (path: string, text: string) => commentsOf({ path, text })
    expect(file('a.ts', '/** One. */\nconst a = `/* no */` // Two.\n\n// Three\n// and four.\n')).toEqual([
      'One.',
      'Two.',
      'Three and four.',
    ])
    expect(file('a.tsx', 'const a = <p>// no {/* yes */}</p>')).toEqual(['yes'])
    expect(file('a.py', '"""One."""\na = 1  # Two.\n\n# Three\n# and four.\n')).toEqual([
      'One.',
      'Two.',
      'Three and four.',
    ])
    expect(comments.length).toBeGreaterThan(8000)
  })

  it.each(limits)('match %s at most %d times', (pattern, most) => {
    const found = counted(pattern)
    expect(found.length, found.slice(0, 20).join('\n')).toBeLessThanOrEqual(most)
  })

  it('have fewer of the phrases that the documentation avoids than before', () => {
    const found = phrases.flatMap(([phrase, instead]) =>
      counted(phrase).map((words) => `${words}: ${instead}`),
    )
    expect(found.length, found.slice(0, 20).join('\n')).toBeLessThanOrEqual(502)
  })
})
