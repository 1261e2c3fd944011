import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { runProgram } from '../../../../src/cli/commands/ncs/run-program.js'

const env = { PATH: process.env.PATH, WORD: 'given' }

it('the exit code of the program is passed on, and its environment is the given one', async () => {
  expect(await runProgram(['sh', '-c', 'exit 7'], env)).toEqual({ exit: 7 })
  expect(await runProgram(['sh', '-c', 'test "$WORD $HOME" = "given "'], env)).toEqual({ exit: 0 })
})

it('a program that a signal ended gives 128 and the number of the signal', async () => {
  expect(await runProgram(['sh', '-c', 'kill -TERM $$'], env)).toEqual({ exit: 143 })
})

it('a program that does not exist is named', async () => {
  const { exit, message } = await runProgram(['/no/such/program'], env)
  expect([exit, message]).toEqual([127, expect.stringContaining('/no/such/program')])
  expect((await runProgram(['/etc'], env)).exit).toBe(126)
})

it('signals are passed on to the program', async () => {
  // The program tells its parent, which is this process, that its handler is set.
  const ready = new Promise((resolve) => process.once('SIGWINCH', resolve))
  const program = `trap 'exit 9' USR1; kill -WINCH ${process.pid}; while :; do sleep 0.05; done`
  const running = runProgram(['sh', '-c', program], env)
  await ready
  await promisify(execFile)('kill', ['-USR1', String(process.pid)])
  expect(await running).toEqual({ exit: 9 })
})
