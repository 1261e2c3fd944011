import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { allPages, root } from './page.js'
import { phrases } from './phrases.js'

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

/** Returns the ends of paragraphs that break off. A path of words with signs between them is not a sentence. */
function brokenOff(page: string): string[] {
  const paragraphs = page.replaceAll(/^```.*?^```$/gms, '').split(/\n\s*\n/)
  return paragraphs
    .map((paragraph) => withoutCode(paragraph).trimEnd())
    .filter((paragraph) => /^[A-Za-z*[]/.test(paragraph) && !/ [←·] /.test(paragraph))
    .filter((paragraph) => /\w\w$/.test(paragraph))
    .map((paragraph) => paragraph.slice(-60))
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
    'One is kept. TODO: count the others.',
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

test('a paragraph that breaks off is found', () => {
  expect(brokenOff('One is kept.\n\nOf the others, NUMBERS\n\nMore.')).toEqual(['Of the others, NUMBERS'])
  expect(brokenOff('# A heading\n\nA list:\n\n- one\n- two\n\n| a table |\n\nTags: `one`, `two`\n')).toEqual(
    [],
  )
  expect(brokenOff('```sh\ntocsin tail\n\necho done\n```\n\nSee [the list](list.md)')).toEqual([])
})

describe('the documentation, with help and error messages', () => {
  it.each(paths)('%s has no phrase that readers stumble over', (path) => {
    const stumbles = stumblesOf(readFileSync(join(root, path), 'utf8'))
      .filter(({ words }) => !isAllowed(path, words))
      .map(({ line, words, instead }) => `${path}:${line}: "${words}": write ${instead}`)
    expect(stumbles).toEqual([])
  })

  it.each(allPages())('$path ends each paragraph with a sentence', ({ text }) => {
    expect(brokenOff(text)).toEqual([])
  })

  it('needs every exception in the list', () => {
    const unused = allowed.filter(
      ({ file, words }) => !readFileSync(join(root, file), 'utf8').includes(words),
    )
    expect(unused).toEqual([])
  })
})
