import { readFileSync, realpathSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import { execSource, execSourcesConfig } from '../../../src/sources/exec/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

type Config = Omit<z.input<typeof execSourcesConfig>[number], 'name'>

let host: FakeHost
let runner: SourceRunner
let folder: string
beforeEach(() => {
  host = new FakeHost(realRuntime)
  folder = realpathSync(temporaryFolder('exec'))
})
afterEach(() => runner?.stop())

function start(config: Config): void {
  const [parsed] = execSourcesConfig.parse([{ name: 't', ...config }])
  runner = new SourceRunner(execSource(parsed), host)
  runner.start()
}

const script = (text: string) => ['sh', '-c', text]
const lines = () => host.data('host/web1/exec/t/line')
const exits = () => host.data('host/web1/exec/t/exit')
const until = (condition: () => boolean) =>
  vi.waitFor(
    () => {
      if (!condition())
        throw new Error(`not yet: ${JSON.stringify([lines().slice(-5), exits(), runner.status()])}`)
    },
    { timeout: 30_000, interval: 10 },
  )

/** Whether a process is there and not a zombie. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

it('the lines of a command and its end are published, with the stream of each', async () => {
  start({ command: script('echo one; echo two >&2; printf three; exit 3'), restart: 'never' })
  await until(() => exits().length === 1)
  expect(lines().filter(({ stream }) => stream === 'stdout')).toEqual([
    { stream: 'stdout', line: 'one' },
    { stream: 'stdout', line: 'three' },
  ])
  expect(lines()).toContainEqual({ stream: 'stderr', line: 'two' })
  expect(exits()).toEqual([{ code: 3, seconds: expect.any(Number), lines: 3, severity: 'err' }])
  expect(runner.status().health).toMatchObject({ state: 'degraded', reason: 'the command ended with code 3' })
})

it('words are given to the program as they are, and no shell reads them', async () => {
  start({ command: ['printf', '%s\\n', '$HOME', '*', '; echo x', '"'], restart: 'never' })
  await until(() => exits().length === 1)
  expect(lines().map(({ line }) => line)).toEqual(['$HOME', '*', '; echo x', '"'])
})

it('the command gets only the variables that the configuration names, and its folder', async () => {
  vi.stubEnv('TOCSIN_TEST_SECRET', 'secret')
  vi.stubEnv('TOCSIN_TEST_PASSED', 'passed')
  start({
    command: script('env; pwd'),
    environment: { OWN: 'own' },
    pass: ['TOCSIN_TEST_PASSED', 'TOCSIN_TEST_ABSENT'],
    folder,
    restart: 'never',
  })
  await until(() => exits().length === 1)
  vi.unstubAllEnvs()
  const said = lines().map(({ line }) => String(line))
  expect(said).toEqual(expect.arrayContaining(['OWN=own', 'TOCSIN_TEST_PASSED=passed', folder]))
  expect(said.join()).not.toContain('secret')
})

it('lines of JSON become fields', async () => {
  start({ command: ['echo', '{"level":"warn","msg":"hot","celsius":91}'], parse: 'json', restart: 'never' })
  await until(() => lines().length === 1)
  expect(lines()).toEqual([
    { stream: 'stdout', severity: 'warning', message: 'hot', fields: { celsius: 91 } },
  ])
})

it('indented lines belong to the line before, also when nothing comes after them', async () => {
  start({
    command: script('echo Error; echo "  at a"; exec sleep 60'),
    multiline: { indented: true, wait: '100ms' },
  })
  await until(() => lines().length === 1)
  expect(lines()).toEqual([{ stream: 'stdout', line: 'Error\n  at a' }])
})

it('a command that ends is started again after a pause, and its end is the reason', async () => {
  start({ command: script('echo x; exit 1') })
  await until(() => lines().length >= 2)
  expect(host.data('hub/source/exec/t')).toContainEqual(
    expect.objectContaining({ state: 'down', reason: 'the command ended with code 1' }),
  )
})

it('a command with an interval runs again and again, each run with its end', async () => {
  start({ command: ['echo', 'x'], every: '1s' })
  await until(() => exits().length >= 2)
  expect(exits()[0]).toMatchObject({ code: 0, lines: 1, severity: 'info' })
  expect(runner.status().health?.state).toBe('up')
})

it('a run that takes too long is ended, and says so', async () => {
  start({ command: script('echo begun; exec sleep 60'), every: '1h', timeLimit: '300ms' })
  await until(() => exits().length === 1)
  expect(exits()).toMatchObject([{ code: 15, signal: 'SIGTERM', timeout: true, lines: 1 }])
})

it('output beyond the limit of a run is left out and counted, and long lines are cut', async () => {
  start({
    command: script('for i in $(seq 100); do echo 0123456789012345678901234567890123456789; done'),
    every: '1h',
    maxOutput: '1KiB',
  })
  await until(() => exits().length === 1)
  expect(exits()).toMatchObject([{ lines: 25, leftOut: 3_000 }])
  await runner.stop()
  start({ command: ['printf', '%0200d', '0'], maxLine: '64B', restart: 'never' })
  await until(() => lines().length === 26)
  expect(lines().at(-1)).toEqual({ stream: 'stdout', line: '0'.repeat(64), cut: 200 })
})

it('the command waits while the hub accepts no events, and no line is lost', async () => {
  host.full = true
  start({ command: ['seq', '50000'], restart: 'never' })
  await until(() => runner.status().state === 'up')
  host.full = false
  await until(() => exits().length === 1)
  expect(lines().every(({ line }, i) => line === String(i + 1))).toBe(true)
  expect(lines()).toHaveLength(50_000)
})

describe('at the stop', () => {
  it('no process of the command survives, even if it ignores the signal TERM', async () => {
    const text = `trap '' TERM; sh -c "trap '' TERM; echo \\$\\$; sleep 60" & echo $$; wait`
    start({ command: script(text), killAfter: '200ms' })
    await until(() => lines().length === 2)
    const pids = lines().map(({ line }) => Number(line))
    expect(pids.every(lives)).toBe(true)
    await runner.stop()
    await vi.waitFor(() => expect(pids.some(lives)).toBe(false), { timeout: 30_000 })
  })
})

it('a program that does not exist is said, and tried again', async () => {
  start({ command: ['no-such-program'] })
  await until(() => runner.status().state === 'down')
  expect(runner.status().reason).toBe('there is no program no-such-program')
  await runner.stop()
  start({ command: ['/no/such/program'], restart: 'never' })
  await until(() => exits().length === 1)
  expect(exits()).toMatchObject([{ code: -1, fault: expect.stringContaining('ENOENT') }])
})

it('a command is a list of words that begins with a program', () => {
  const parse = (command: unknown) => () => execSourcesConfig.parse([{ name: 'a', command }])
  expect(parse('ls -l')).toThrow()
  expect(parse([])).toThrow()
  expect(parse(['../bin/x'])).toThrow('absolute path of a program')
  expect(parse(['ls', 'a\0b'])).toThrow('null character')
})
