import { TextDecoder } from 'node:util'
import type { Cancel } from '../event/runtime.js'
import { findProgram, namesOfProgram } from '../processes/programs.js'
import { BoundedText } from './bounded-text.js'
import { type CommandEnd, CommandRun } from './command-run.js'
import type { JobsConfig } from './config.js'
import type { CommandResult, Job } from './job.js'
import { JOB_VARIABLE, JobProcesses, type ProcessHost } from './job-processes.js'
import { OutputWriter } from './output-file.js'
import { type RunAs, runAs, settingsOf } from './run-as.js'
import { splitCommand } from './split-command.js'

export interface JobRunHost extends ProcessHost {
  readonly config: JobsConfig
  /** Variables that every job has, besides those of the configuration. */
  readonly environment: Readonly<Record<string, string>>
  /** Folder of the output of all jobs. */
  readonly folder: string
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
  end?: CommandEnd
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

  /** Whether it is this run of the job. */
  is({ run }: Job): boolean {
    return this.#base.run === run
  }

  get job(): Job {
    const { fault } = this.#writer
    const { left, trace } = this.#processes
    return {
      ...this.#base,
      state: this.#state,
      ...(this.#started !== undefined && { started: this.#started }),
      ...(this.#finished !== undefined && { finished: this.#finished }),
      ...(this.#reason !== undefined && { reason: this.#reason }),
      ...(left.count > 0 && { left }),
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
    if (this.#base.commands.length > 0) this.#started = runtime.now()
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

  async #runCommand(command: string): Promise<CommandEnd> {
    const { config, environment, runtime } = this.#host
    const limit = Math.max(LEAST_OUTPUT, Math.floor(config.output / this.#base.commands.length))
    const running: RunningCommand = { text: new BoundedText(limit) }
    this.#commands.push(running)
    this.#host.begun(this)
    const decoder = new TextDecoder()
    const words = splitCommand(command)
    const file = findProgram(words[0], config.path)
    if (file === undefined) {
      running.end = { code: -1, fault: `there is no program ${words[0]} in ${config.path.join(':')}` }
      return running.end
    }
    const settings = await this.#settingsOf(words[0])
    if (settings instanceof Error) {
      running.end = { code: -1, fault: settings.message }
      return running.end
    }
    const { before } = settings
    this.#current = new CommandRun({
      words: before.length === 0 ? words : [...before, file, ...words.slice(1)],
      file: before[0] ?? file,
      runtime,
      folder: config.folder,
      environment: {
        ...environment,
        ...settings.environment,
        PATH: config.path.join(':'),
        ...config.environment,
        [JOB_VARIABLE]: this.#base.run,
      },
      started: (pid, output) => {
        this.#processes.started(pid, output)
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

  /** An Error if there is no such user. */
  #settingsOf(program: string): Promise<RunAs | Error> {
    const { config } = this.#host
    return runAs(settingsOf(namesOfProgram(program, config.path), config)).catch((error: Error) => error)
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
