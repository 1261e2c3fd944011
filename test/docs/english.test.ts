import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allPages, root } from './page.js'

/**
 * Matches a sentence, heading or table cell that begins with the word and is not a question. Headings may begin with
 * What, and so may "What to do …".
 */
function sentence(word: 'Who' | 'What'): RegExp {
  const start = word === 'Who' ? '^#+ |' : ''
  return new RegExp(
    `(?:${start}^(?:[-*] |\\d+\\. )?|[.!:|] )${word}(?! to | it does )\\s(?:[^.?!|\n]|\n(?!\n))*(?:[.!|]|\n\n)`,
  )
}

/** Phrases that readers stumble over, each with what to write instead. */
const phrases: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/\bso many\b/i, 'up to n, or the number'],
  [/\bshall\b/i, 'should, must or will'],
  [/\bfor ever\b/i, 'indefinitely'],
  [/\b(?:he|him|his|himself)\b/i, 'they, them, their'],
  [/\boneself\b/i, 'yourself'],
  [/\bwhoever\b/i, 'anyone who, or a noun such as client, reader, publisher'],
  [sentence('Who'), 'a noun such as client, reader, publisher'],
  [sentence('What'), 'a noun such as event, value, setting'],
  [/\bbelongs? into\b/i, 'belongs in'],
  [/\b(?:go|goes|going|went) on\b/i, 'continue, resume'],
  [/\b(?:is|are|be|was|were|been) told\b/i, 'is reported, is notified, receives'],
  [/\b(?:is|are) said\b/i, 'is reported'],
  [/\b(?:is|are|was|were) there\b(?! (?:a|an|any|no)\b)/i, 'exists'],
  [
    /\bthere (?:is|are|was|were)(?=[.,;:|)]|\n\n)/i,
    'nothing: "the last event", not "the last event there is"',
  ],
  [/\bthe one (?:before|there)\b/i, 'the previous one, the current one'],
  [/(?<!\bthere )\b(?:is|are) no (?!longer\b|more\b|less\b|different\b)/i, 'is not a'],
  [/\b(?:is|are|be|still) good\b(?! (?:for|at)\b)/i, 'is valid'],
  [/\b(?:is|are|be|not|one|no) sound\b/i, 'valid'],
  [/\banew\b/i, 'again'],
  [/\bat last\b/i, 'finally'],
  [/\bany more\b/i, 'no longer'],
  [/\bnow and then\b/i, 'occasionally'],
  [/\bnot in time\b/i, 'not before the timeout'],
  [/\bof use\b/i, 'useful'],
  [/\bof yours\b/i, 'your'],
  [/\bas good as\b/i, 'the plain statement'],
  [/\bbut for\b/i, 'except'],
  [/\bcomes? again\b/i, 'is redelivered, is sent again'],
  [/\b(?:comes?|continues?|begins?|follows?|stands?) behind\b|\bbehind (?:it|that)\b/i, 'after'],
  [/\bstands (?:in|at|after|before|beside|under)\b/i, 'is in'],
  [/\bl(?:ie|ies|ay) (?:in|on|at|beside|under)\b/i, 'is in'],
  [/\blets? go\b/i, 'release, remove'],
  [/\bwants? (?:a|an|to be|TLS)\b/i, 'requires'],
  [/\beach alone\b/i, 'one at a time'],
  [/\bwithout a word\b/i, 'silently'],
]

/** Where a phrase is correct: the file, the words, and the reason. */
const allowed: readonly { file: string; words: string; reason: string }[] = []

/** Returns the prose of a page, line by line: code is blanked, except its comments and the text of help topics. */
function proseOf(page: string): string {
  let language: string | undefined
  const lines = page.split('\n').map((line) => {
    const fence = /^```(\w*)/.exec(line)
    if (fence !== null) {
      language = language === undefined ? fence[1] : undefined
      return ''
    }
    if (language === undefined || language === 'text') return withoutCode(line)
    return /(?:^|\s)(?:#|\/\/)\s(.*)$/.exec(line)?.[1] ?? ''
  })
  return `${lines.join('\n')}\n`
}

/** Replaces each span of code with a word. Link targets and the escapes of the manual page are not prose. */
function withoutCode(line: string): string {
  return line
    .replaceAll(/`[^`]*`/g, 'x')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll('\\-', '-')
}

interface Stumble {
  line: number
  words: string
  instead: string
}

function stumblesOf(page: string): Stumble[] {
  const prose = proseOf(page)
  return phrases.flatMap(([phrase, instead]) =>
    [...prose.matchAll(acrossLines(phrase))].map(({ 0: words, index }) => ({
      line: prose.slice(0, index).split('\n').length,
      words: words.trim(),
      instead,
    })),
  )
}

function acrossLines({ source, flags }: RegExp): RegExp {
  return new RegExp(source.replaceAll(' ', '\\s+'), `gm${flags}`)
}

function isAllowed(path: string, words: string): boolean {
  return allowed.some((each) => each.file === path && words.includes(each.words))
}

const paths = [...allPages().map(({ path }) => path), 'docs/man/tocsin.1']

describe('the list of phrases', () => {
  it.each([
    'It stops after so\nmany events.',
    'Who leaves is named.',
    '## Who may come in\n',
    '| code | What it is no good for. |',
    '```text\nIt goes on.\n```',
    '```sh\ntocsin tail   # everything there is\n```',
  ])('finds one in %j', (page) => {
    expect(stumblesOf(page)).not.toEqual([])
  })

  it.each([
    'Who is slow?',
    '## What it is not\n',
    'There is no hub. Is there a log?',
    'Use `so many` or [this](shall.md).',
    '```ts\nconst shall = "for ever"\n```',
  ])('finds none in %j', (page) => {
    expect(stumblesOf(page)).toEqual([])
  })
})

describe('the documentation, with help and error messages', () => {
  it.each(paths)('%s has no phrase that readers stumble over', (path) => {
    const stumbles = stumblesOf(readFileSync(join(root, path), 'utf8'))
      .filter(({ words }) => !isAllowed(path, words))
      .map(({ line, words, instead }) => `${path}:${line}: "${words}": write ${instead}`)
    expect(stumbles).toEqual([])
  })

  it('needs every exception in the list', () => {
    const unused = allowed.filter(
      ({ file, words }) => !readFileSync(join(root, file), 'utf8').includes(words),
    )
    expect(unused).toEqual([])
  })
})
