import type { Socket } from 'node:net'
import { messageOf } from '../errors/thrown.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { type ChildProcess, startChild } from './start-child.js'
import {
  type ProgramEnd,
  type ProgramStart,
  type ProgramWatcher,
  type StartedProgram,
  startProgram,
} from './start-program.js'

/** Without programs, the process ends after this time, ms. */
const IDLE_MS = 60_000

export interface StartRequest {
  readonly id: number
  readonly program: ProgramStart
}

export type ProgramNews = { readonly id: number } & (
  | { readonly started: StartedProgram }
  | { readonly ended: ProgramEnd }
)

export interface ProgramStarter {
  /** Starts a program that leads a session, with the socket as its stdout and stderr. The socket is then closed here. */
  start(program: ProgramStart, output: Socket, watcher: ProgramWatcher): void
  close(): void
}

/** Starts programs in this process. */
export const startsHere: ProgramStarter = { start: startProgram, close: () => undefined }

interface WatchedProgram {
  readonly output: Socket
  readonly watcher: ProgramWatcher
  /** The process that starts it. */
  starter: ChildProcess | undefined
}

/**
 * Starts programs in a small process, which is there while programs run. A start copies the page tables of the process
 * that does it: this holds up a hub of 600 MB for 30 ms, and a small process for less than one.
 */
export class StartingProcess implements ProgramStarter {
  readonly #runtime: Pick<Runtime, 'after'>
  readonly #command: readonly string[]
  readonly #programs = new Map<number, WatchedProgram>()
  #process: ChildProcess | undefined
  #last = 0
  #cancelIdle: Cancel = () => undefined

  /** `command`: the program and its arguments that run `starting-process.ts`. */
  constructor(runtime: Pick<Runtime, 'after'>, command: readonly string[]) {
    this.#runtime = runtime
    this.#command = command
  }

  start(program: ProgramStart, output: Socket, watcher: ProgramWatcher): void {
    const id = ++this.#last
    this.#cancelIdle()
    const watched: WatchedProgram = { output, watcher, starter: undefined }
    this.#programs.set(id, watched)
    try {
      if (this.#process?.connected !== true) this.#process = this.#begin()
      watched.starter = this.#process
      this.#send({ id, program }, this.#process, output)
    } catch (thrown) {
      this.#ended(id, { code: -1, fault: messageOf(thrown) })
    }
  }

  #send(request: StartRequest, starter: ChildProcess, output: Socket): void {
    // Node leaves a socket that it does not keep open without an end if the process ends too early.
    starter.send(request, output, { keepOpen: true }, (error) => {
      output.destroy()
      if (error !== null) this.#ended(request.id, { code: -1, fault: error.message })
    })
  }

  close(): void {
    this.#cancelIdle()
    if (this.#process?.connected === true) this.#process.disconnect()
    this.#process = undefined
    this.#programs.clear()
  }

  #begin(): ChildProcess {
    const [file, ...args] = this.#command
    // In a group of its own, so that Ctrl-C is for the hub alone.
    const child = startChild(file, args, {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const lost = () => this.#lost(child)
    child.on('message', (news: ProgramNews) => this.#hear(news))
    child.once('error', lost).once('exit', lost)
    child.unref()
    child.channel?.unref()
    return child
  }

  #hear(news: ProgramNews): void {
    if ('ended' in news) this.#ended(news.id, news.ended)
    else this.#programs.get(news.id)?.watcher.started(news.started)
  }

  #ended(id: number, end: ProgramEnd): void {
    const program = this.#programs.get(id)
    this.#programs.delete(id)
    // The process may have ended before it took it.
    program?.output.destroy()
    if (this.#programs.size === 0) {
      this.#cancelIdle()
      this.#cancelIdle = this.#runtime.after(IDLE_MS, () => this.close())
    }
    program?.watcher.ended(end)
  }

  /** The ends of its programs can no longer be known. */
  #lost(child: ChildProcess): void {
    if (this.#process === child) this.#process = undefined
    const lost = [...this.#programs].filter(([, { starter }]) => starter === child)
    for (const [id] of lost)
      this.#ended(id, { code: -1, fault: 'the process that started the program has ended' })
  }
}
