import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { CommandRun } from '../../src/jobs/command-run.js'
import { processStat } from '../../src/processes/process-table.js'
import type { ProgramStart, ProgramWatcher } from '../../src/processes/start-program.js'
import { startProgram } from '../../src/processes/start-program.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { until } from './fixture.js'

/** Starts nothing until it is told to. */
class LateStarter {
  #waiting: (() => void)[] = []

  start(program: ProgramStart, output: Socket, watcher: ProgramWatcher): void {
    this.#waiting.push(() => startProgram(program, output, watcher))
  }

  get isAsked(): boolean {
    return this.#waiting.length > 0
  }

  go(): void {
    for (const start of this.#waiting.splice(0)) start()
  }
}

/** The timer of a time that is over already never runs, as on a machine with more urgent work. */
const withoutTimer: typeof realRuntime = {
  ...realRuntime,
  after: (ms, run) => (ms === 0 ? () => {} : realRuntime.after(ms, run)),
}

function runWith(starter: LateStarter, runtime = realRuntime) {
  const pids: number[] = []
  const run = new CommandRun({
    words: ['sh', '-c', "trap '' TERM; sleep 60"],
    file: '/bin/sh',
    folder: '/',
    environment: {},
    runtime,
    starter,
    started: ({ pid }) => void pids.push(pid),
    output: async () => undefined,
  })
  return { run, pids }
}

it('a command whose program does not start ends when its time is over', async () => {
  const starter = new LateStarter()
  const { run, pids } = runWith(starter)
  await until(() => starter.isAsked)
  run.stop(50)
  expect(await run.ended).toEqual({ code: -1, fault: 'it was not started before it had to end' })
  expect(pids).toEqual([])
})

it('a program that starts after the time of its command is killed, though it ignores TERM', async () => {
  const starter = new LateStarter()
  const { run, pids } = runWith(starter, withoutTimer)
  run.stop(0)
  await until(() => starter.isAsked)
  starter.go()
  const { code, signal } = await run.ended
  expect([code, signal]).toEqual([9, 'SIGKILL'])
  expect(pids.map((pid) => processStat(pid))).toEqual([undefined])
})
