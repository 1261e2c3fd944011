import { expect, test } from 'vitest'
import { NotInstalled, outputOf, runProgram } from '../../src/sources/run-program.js'

test('a program gives its exit code, its output and its message', async () => {
  expect(await runProgram('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    code: 3,
    output: 'out\n',
    message: 'err\n',
  })
})

test('a program that the host does not have is named', async () => {
  const missing = await runProgram('tocsin-no-such-program', []).catch((error) => error)
  expect(missing).toBeInstanceOf(NotInstalled)
  expect(missing.message).toBe('tocsin-no-such-program is not installed')
})

test('the output of a program that fails is refused with the first line of its message', () => {
  expect(outputOf({ code: 0, output: 'out\n', message: 'a warning\n' })).toBe('out\n')
  expect(() => outputOf({ code: 1, output: '', message: ' no such pool\nusage: …\n' })).toThrow(
    /^no such pool$/,
  )
  expect(() => outputOf({ code: 7, output: '', message: '' })).toThrow('exit code 7')
})
