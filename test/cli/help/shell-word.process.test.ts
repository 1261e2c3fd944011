import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { shellWord } from '../../../src/cli/help/shell-word.js'

it.each(['plain/path.sock', 'a b', "it's", '$HOME', '', '*', 'a\nb', '`x`'])(
  'is what a shell passes on as %j',
  (text) => expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`]).toString()).toBe(text),
)
