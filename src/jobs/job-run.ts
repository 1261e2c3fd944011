import { TextDecoder } from 'node:util'
import type { Cancel } from '../event/runtime.js'
import { findProgram, namesOfProgram } from '../processes/programs.js'
import type { ProgramEnd } from '../processes/start-program.js'
import { BoundedText } from './bounded-text.js'
import { type CommandOptions, CommandRun } from './command-run.js'
import type { JobsConfig } from './config.js'
import type { CommandResult, Job } from './job.js'
import type { JobCgroups } from './job-cgroups.js'
import { JOB_VARIABLE, JobProcesses, type ProcessHost } from './job-processes.js'
import { OutputWriter } from './output-file.js'
import { runAs, settingsOf } from './run-as.js'
import { splitCommand } from './split-command.js'
import { type StartWords, startWords } from './start-words.js'

export interface JobRunHost extends ProcessHost {
  readonly config: JobsConfig
  readonly cgroups: Pick<JobCgroups, 'make'>
  /** Variables that every job has, besides those of the configuration. */
  readonly environment: Readonly<Record<string, string>>
  /** Folder of the output of all jobs. */
  readonly folder: string
  readonly starter: CommandOptions['starter']
  /** A command has begun. */
  begun(run: JobRun): void
  /** A program runs, or more of the processes of the job are known. */
  found(run: JobRun): void
  /** The current command has written text. */
  output(run: JobRun, text: string): void
  /** A command has ended, and another one follows. */
  commandEnded(run: JobRun): void
}

/** Fewest characters of output that are kept of a command, whatever the number of commands. */
const LEAST_OUTPUT = 1024

interface RunningCommand {
  text: BoundedText
  end?: ProgramEnd
}

/** A job that waits or runs. */
export class JobRun {
  readonly #base: Job
  readonly #host: JobRunHost
  readonly #writer: OutputWriter
  readonly #commands: RunningCommand[] = []
  #state: Job['state'] = 'pending'
  #started: number | undefined
  #finished: number | undefined
  #reason: string | undefined
  #killAfter: number
  readonly #processes: JobProcesses
  #current: CommandRun | undefined
  #isLookedAt: Promise<void> | undefined
  #waiting = new Set<() => void>()

  constructor(job: Job, host: JobRunHost) {
    this.#base = job
    this.#host = host
    this.#killAfter = host.config.killAfter
    this.#processes = new JobProcesses(host, job.run, { found: () => host.found(this) })
    this.#writer = new OutputWriter({ folder: host.folder, name: job.run, partBytes: job.partBytes })
  }

  get queue(): string {
    return this.#base.queue
  }

  /** Returns true if it is this run of the job. */
  is({ run }: Job): boolean {
    return this.#base.run === run
  }

  get job(): Job {
    const { fault } = this.#writer
    const { left, trace, cgroup } = this.#processes
    return {
      ...this.#base,
      state: this.#state,
      ...(this.#started !== undefined && { started: this.#started }),
      ...(this.#finished !== undefined && { finished: this.#finished }),
      ...(this.#reason !== undefined && { reason: this.#reason }),
      ...(left.count > 0 && { left }),
      ...(cgroup !== undefined && { cgroup: cgroup.folder }),
      ...(trace !== undefined && this.#state !== 'finished' && { trace }),
      results: this.#commands.map(resultOf),
      outputBytes: this.#writer.bytes,
      ...(fault !== undefined && { outputFault: fault }),
    }
  }

  /** Runs the commands. Resolves when the job has finished. */
  async start(timeLimit: number | undefined): Promise<void> {
    const { runtime } = this.#host
    this.#state = 'running'
    if (this.#base.commands.length > 0) {
      this.#started = runtime.now()
      this.#processes.cgroup = this.#host.cgroups.make(this.#base.run, this.#host.config)
    }
    const cancel = this.#limitTime(timeLimit)
    for (const command of this.#base.commands) {
      const { code } = await this.#runCommand(command)
      if (code !== 0 || this.#reason !== undefined) break
      if (this.#commands.length === this.#base.commands.length) break
      this.#host.commandEnded(this)
      await this.#processes.commandEnded()
    }
    cancel()
    await this.#endRest()
    await this.#writer.close()
    this.#finish()
  }

  /** Ends the job with a reason: TERM to its processes, and KILL after `killAfter` ms. */
  end(reason: string, killAfter = this.#host.config.killAfter): void {
    if (this.#state === 'finished') return
    this.#reason ??= reason
    this.#killAfter = killAfter
    if (this.#state === 'pending') this.#finish()
    else void this.#endProcesses(killAfter)
  }

  /** Looks first: what tells that a process is one of the job may be that its parent is. */
  async #endProcesses(killAfter: number): Promise<void> {
    this.#isLookedAt ??= this.#processes.look()
    await this.#isLookedAt
    if (this.#state === 'finished') return
    this.#current?.stop(killAfter)
    this.#processes.end(killAfter)
  }

  /** Resolves when there is more output or the state has changed, and after `ms` at the latest. */
  changed(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#state === 'finished') return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        signal.removeEventListener('abort', done)
        this.#waiting.delete(done)
        resolve()
      }
      const cancel = this.#host.runtime.after(ms, done)
      signal.addEventListener('abort', done)
      this.#waiting.add(done)
      if (signal.aborted) done()
    })
  }

  #limitTime(timeLimit: number | undefined): Cancel {
    if (timeLimit === undefined) return () => undefined
    return this.#host.runtime.after(timeLimit, () => this.end(`it ran longer than ${timeLimit / 1000} s`))
  }

  async #endRest(): Promise<void> {
    this.#processes.close()
    const { leftBehind, killAfter } = this.#host.config
    if (this.#reason === undefined && leftBehind === 'keep') await this.#processes.keepRest()
    else await this.#processes.endRest(killAfter)
  }

  async #runCommand(command: string): Promise<ProgramEnd> {
    const { config } = this.#host
    const limit = Math.max(LEAST_OUTPUT, Math.floor(config.output / this.#base.commands.length))
    const running: RunningCommand = { text: new BoundedText(limit) }
    this.#commands.push(running)
    this.#host.begun(this)
    const decoder = new TextDecoder()
    const words = splitCommand(command)
    const start = await this.#startOf(words).catch((error: Error) => error)
    if (start instanceof Error) {
      running.end = { code: -1, fault: start.message }
      return running.end
    }
    this.#current = new CommandRun({
      ...start,
      runtime: this.#host.runtime,
      folder: config.folder,
      starter: this.#host.starter,
      started: (program, output) => {
        this.#processes.started(program, output)
        this.#host.found(this)
      },
      output: async (bytes) => {
        await this.#writer.append(bytes)
        this.#add(running, decoder.decode(bytes, { stream: true }))
      },
    })
    if (this.#reason !== undefined) this.#current.stop(this.#killAfter)
    const end = await this.#current.ended
    this.#current = undefined
    this.#add(running, decoder.decode())
    running.end = end
    return end
  }

  /** Rejects with an Error if there is no such program or user. */
  async #startOf(words: readonly string[]): Promise<StartWords & Pick<CommandOptions, 'environment'>> {
    const { config } = this.#host
    const file = findProgram(words[0], config.path)
    if (file === undefined) throw new Error(`there is no program ${words[0]} in ${config.path.join(':')}`)
    const { before, environment: own } = await runAs(
      settingsOf(namesOfProgram(words[0], config.path), config),
    )
    const environment = {
      ...this.#host.environment,
      ...own,
      PATH: config.path.join(':'),
      ...config.environment,
      [JOB_VARIABLE]: this.#base.run,
    }
    const { cgroup } = this.#processes
    return { ...startWords({ file, words, before, cgroup, environment }), environment }
  }

  #add({ text: whole }: RunningCommand, text: string): void {
    if (text === '') return
    whole.append(text)
    this.#host.output(this, text)
    this.#wake()
  }

  #finish(): void {
    this.#state = 'finished'
    this.#finished = this.#host.runtime.now()
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

function resultOf({ text, end }: RunningCommand): CommandResult {
  return { output: text.text, ...end }
}
