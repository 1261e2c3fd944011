import { expect, it } from 'vitest'
import { splitCommand } from '../../src/jobs/split-command.js'

it.each([
  ['pkg install -y curl', ['pkg', 'install', '-y', 'curl']],
  ['  a \t b\n', ['a', 'b']],
  ['cp "a file" b', ['cp', 'a file', 'b']],
  ['a"b c"d', ['ab cd']],
  ['say """hello"""', ['say', '"hello"']],
  ['say "a """b""" c"', ['say', 'a "b" c']],
  ['a "" b', ['a', 'b']],
  ['a "open to the end', ['a', 'open to the end']],
  ["sh 'a b' $HOME *; x | y > z", ['sh', "'a", "b'", '$HOME', '*;', 'x', '|', 'y', '>', 'z']],
  ['', []],
  ['""', []],
])('splits %j at white space, and gives a meaning to double quotes only', (command, words) => {
  expect(splitCommand(command)).toEqual(words)
})
