// Runs on each supported Node.js: processes.
import { once } from 'node:events'
import { closeSync, constants, openSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { expect, test } from 'vitest'
import { filesWereOpened, inheritedFiles } from '../../../src/processes/inherited-files.js'
import { runProgram } from '../../../src/processes/run-program.js'
import { runToEnd, startChild } from '../../../src/processes/start-child.js'
import { Environment } from '../../../src/storage/environment.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** Prints the targets of all descriptors of a shell that has just started. */
const LOOK = ['-c', 'cd /proc/$$/fd; for fd in *; do echo $fd $(readlink $fd); done']

const environmentIn = (folder: string) => new Environment({ folder, tables: ['test'], mapSize: 2 ** 20 })

const collected = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = ''
  for await (const piece of stream) text += piece
  return text
}

test('LMDB opens its data file so that children would inherit it', async () => {
  const folder = temporaryFolder('inherited')
  const database = open({ path: folder, noSubdir: false })
  filesWereOpened()
  const targets = inheritedFiles().map((fd) => readlinkSync(`/proc/self/fd/${fd}`))
  await database.close()
  expect(targets).toContain(join(folder, 'data.mdb'))
})

test('no child has an open file of this process, not even one that was opened after another child', async () => {
  const folder = temporaryFolder('inherited')
  const environments = [environmentIn(join(folder, 'first'))]
  for (const name of ['second', 'third']) {
    const child = startChild('sh', LOOK, { stdio: ['ignore', 'pipe', 'ignore'] })
    const seen = [
      await collected(child.stdout!),
      runToEnd('sh', LOOK, { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.toString(),
      (await runProgram('sh', LOOK, { timeout: 10_000 })).output,
    ]
    for (const text of seen) {
      expect(text).not.toContain(folder)
      expect(text).toMatch(/^0 \/dev\/null\n1 (pipe|socket):/)
    }
    environments.push(environmentIn(join(folder, name)))
  }
  await Promise.all(environments.map((each) => each.close()))
})

test('a child has the descriptors that it is given, also where an inherited file was', async () => {
  const folder = temporaryFolder('inherited')
  const environment = environmentIn(folder)
  const given = join(folder, 'given')
  writeFileSync(given, '')
  const file = openSync(given, constants.O_RDWR)
  const last = Math.max(...inheritedFiles())
  const stdio: (number | 'ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe']
  while (stdio.length <= last) stdio.push(file)
  const { stdout } = runToEnd('sh', LOOK, { stdio })
  closeSync(file)
  await environment.close()
  expect(stdout.toString()).toContain(`${last} ${given}\n`)
  expect(stdout.toString()).not.toContain('data.mdb')
})

test('a program that does not exist is an error, also after files were closed since the last child', async () => {
  const folder = temporaryFolder('inherited')
  const [low, high, last] = ['low', 'high', 'last'].map((name) => environmentIn(join(folder, name)))
  runToEnd('true', [], { stdio: ['ignore', 'ignore', 'ignore'] })
  await low.close()
  await high.close()
  const ends: unknown[] = []
  const fillers: number[] = []
  // Each filler moves the pipe of the next child, through which it reports an error, by one descriptor.
  for (let nth = 0; nth < 4; nth++) {
    const child = startChild('/no/such/program', [], { stdio: ['ignore', 'ignore', 'ignore'] })
    ends.push(await once(child, 'exit').catch((error) => error.code))
    fillers.push(openSync('/dev/null', 'r'))
  }
  for (const filler of fillers) closeSync(filler)
  await last.close()
  expect(ends).toEqual(['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT'])
})

test('what a program has started cannot hold up the end of its time', async () => {
  const late = runProgram('sh', ['-c', 'sleep 20 & exec sleep 20'], { timeout: 200 })
  await expect(late).rejects.toThrow('sh was ended after 0.2 s')
})

test('a program that writes too much is ended', async () => {
  const much = runProgram('yes', [], { timeout: 20_000, maxOutput: 100_000 })
  await expect(much).rejects.toThrow('yes was ended: it wrote more than 100000 bytes')
})

test('a program that an abort has ended, and one that does not exist, are errors', async () => {
  const options = { timeout: 20_000 }
  const abort = new AbortController()
  const run = runProgram('sleep', ['20'], { ...options, signal: abort.signal })
  abort.abort()
  await expect(run).rejects.toThrow('aborted')
  await expect(runProgram('tocsin-no-such-program', [], options)).rejects.toThrow('ENOENT')
})
