// Runs on each supported Node.js: processes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { outputPipe } from '../../../src/jobs/output-pipe.js'
import { processStat } from '../../../src/processes/process-table.js'
import { type ProgramStarter, StartingProcess, startsHere } from '../../../src/processes/program-starter.js'
import type { ProgramEnd, StartedProgram } from '../../../src/processes/start-program.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { startingCommand } from '../../helpers/starting-process.js'

interface Run {
  started: Promise<StartedProgram>
  ended: Promise<ProgramEnd>
  output: Promise<string>
}

const starters: ProgramStarter[] = []
const ownProcess = () => {
  const starter = new StartingProcess(realRuntime, startingCommand())
  starters.push(starter)
  return starter
}
afterEach(() => {
  for (const starter of starters.splice(0)) starter.close()
})

async function run(starter: ProgramStarter, script: string, file = '/bin/sh'): Promise<Run> {
  const pipe = await outputPipe()
  const output = (async () => {
    let text = ''
    for await (const piece of pipe.output) text += piece
    return text
  })()
  const program = { file, args: ['-c', script], argv0: 'sh', cwd: '/', env: { WORD: 'given' } }
  let ends!: (end: ProgramEnd) => void
  const ended = new Promise<ProgramEnd>((resolve) => (ends = resolve))
  const started = new Promise<StartedProgram>((begins) =>
    starter.start(program, pipe.input, { started: begins, ended: (end) => ends(end) }),
  )
  return { started, ended, output }
}

/** The process that has started the program. */
const parentOf = async ({ started }: Run) => processStat((await started).pid)?.parent

describe.each([
  ['the hub itself', () => startsHere],
  ['a process of its own', ownProcess],
])('programs started by %s', (_, starter) => {
  it('write stdout and stderr to one socket in order, with the environment and folder given', async () => {
    const { ended, output } = await run(starter(), 'echo $WORD; echo second >&2; pwd; exit 7')
    expect(await ended).toEqual({ code: 7 })
    expect(await output).toBe('given\nsecond\n/\n')
  })

  it('lead a session, and are known by their number and the time of their start', async () => {
    const { started, ended } = await run(starter(), 'sleep 60')
    const { pid, start } = await started
    expect(processStat(pid)).toMatchObject({ pid, start, group: pid, session: pid })
    process.kill(-pid, 'SIGTERM')
    expect(await ended).toEqual({ code: 15, signal: 'SIGTERM' })
  })

  it('end with a reason if they cannot be started', async () => {
    const { ended, output } = await run(starter(), '', '/no/such/program')
    expect(await ended).toEqual({ code: -1, fault: 'spawn /no/such/program ENOENT' })
    expect(await output).toBe('')
  })

  it('all end, however many are started at once', async () => {
    const one = starter()
    const runs = await Promise.all(
      Array.from({ length: 40 }, (_, nth) => run(one, `echo ${nth}; exit ${nth}`)),
    )
    const ends = await Promise.all(runs.map(async ({ ended, output }) => [(await ended).code, await output]))
    expect(ends).toEqual(runs.map((_, nth) => [nth, `${nth}\n`]))
  })
})

describe('the process that starts programs', () => {
  it('is started again when it was ended, and its programs end with a reason', async () => {
    const starter = ownProcess()
    const first = await run(starter, 'sleep 60')
    const { pid } = await first.started
    process.kill((await parentOf(first))!, 'SIGKILL')
    expect(await first.ended).toEqual({ code: -1, fault: 'the process that started the program has ended' })
    process.kill(-pid, 'SIGKILL')
    expect(await (await run(starter, 'exit 3')).ended).toEqual({ code: 3 })
  })

  it('that cannot run leaves no program and no output without an end', async () => {
    const starter = new StartingProcess(realRuntime, [process.execPath, '/no/such/program.cjs'])
    const { ended, output } = await run(starter, 'exit 0')
    expect(await ended).toEqual({ code: -1, fault: 'the process that started the program has ended' })
    expect(await output).toBe('')
  })

  it('gives a program that cannot be asked for an end with a reason', async () => {
    const { ended, output } = await run(new StartingProcess(realRuntime, ['\0']), 'exit 0')
    expect(await ended).toMatchObject({ code: -1, fault: expect.stringContaining('null bytes') })
    expect(await output).toBe('')
  })

  it('is not ended by the signals that end a hub and its group', async () => {
    const starter = ownProcess()
    const first = await run(starter, 'sleep 60')
    const parent = (await parentOf(first))!
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(parent, signal)
    const second = await run(starter, 'sleep 60')
    expect(await parentOf(second)).toBe(parent)
    for (const { started } of [first, second]) process.kill(-(await started).pid, 'SIGKILL')
    await Promise.all([first.ended, second.ended])
  })

  it('ends when it is closed, and its programs continue', async () => {
    const starter = ownProcess()
    const running = await run(starter, 'sleep 60')
    const { pid, start } = await running.started
    const parent = (await parentOf(running))!
    starter.close()
    while (processStat(parent) !== undefined) await pause(5)
    expect(processStat(pid)?.start).toBe(start)
    process.kill(-pid, 'SIGKILL')
    await running.output
  })

  it('ends with its hub, however that ends', async () => {
    const [file, ...args] = startingCommand()
    const hub = spawn(file, ['-e', HUB, JSON.stringify([file, ...args])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [text] = await once(hub.stdout, 'data')
    hub.kill('SIGKILL')
    while (processStat(Number(text)) !== undefined) await pause(5)
  })
})

/** Prints the number of the process it has started. */
const HUB = `
const [file, ...args] = JSON.parse(process.argv[1])
const child = require('node:child_process').spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
child.once('spawn', () => console.log(child.pid))
setInterval(() => {}, 1000)
`
