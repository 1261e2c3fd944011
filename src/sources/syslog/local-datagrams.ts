import { lstatSync, readlinkSync } from 'node:fs'
import { type Runtime, withTimeout } from '../../event/runtime.js'
import { programEnvironment } from '../../jobs/user-environment.js'
import { checkSocketFolders, removeDeadSocket, shareSocket } from '../../parts/unix-socket.js'
import { findProgram, PROGRAM_FOLDERS } from '../../processes/programs.js'
import { Program, type ProgramEnd } from '../../processes/supervised-program.js'
import { LineReader } from '../text/line-reader.js'
import { StreamReader } from '../text/stream-reader.js'
import { BOUND, DATAGRAM_READER } from './datagram-reader.js'
import { type SyslogFrame, SyslogFramer } from './framer.js'

const MAX_COMPLAINT = 300
const BIND_TIMEOUT_MS = 20_000
const KILL_AFTER_MS = 2_000
const DRAIN_MS = 2_000
/** The reader writes each datagram by itself. Those that follow each other within this time may be that much later, ms. */
const GATHER_MS = 5

export interface LocalDatagramsOptions {
  readonly path: string
  /** Such as 0666. */
  readonly mode: number
  readonly maxMessage: number
  readonly runtime: Runtime
  /** The program Perl, by its name or path. */
  readonly perl?: string
  /** Returns false if the hub accepts no events at present. */
  take(message: SyslogFrame): boolean
  /** Called when the reader has ended by itself, and everything that it wrote is taken. `since`: its end, µs. */
  failed(error: Error, since: number): void
}

/** Reads the datagrams of a unix socket. While the hub accepts no events nothing is read, and their senders wait. */
export class LocalDatagrams {
  readonly #options: LocalDatagramsOptions
  #program: Program | undefined
  #messages: StreamReader<SyslogFrame> | undefined
  #complaints: LineReader | undefined
  #complaint: string | undefined
  #over: Promise<void> = Promise.resolve()
  #isBound = false
  /** The reader is meant to end. */
  #isClosed = false
  /** Why the reader has ended by itself, although what it wrote may still wait to be taken. */
  fault: string | undefined
  /** When it has, µs. */
  endedAt: number | undefined

  constructor(options: LocalDatagramsOptions) {
    this.#options = options
  }

  /** Throws an error if another user could exchange the socket, if something else is at its path, and without Perl. */
  async listen(): Promise<void> {
    const { path, mode, runtime } = this.#options
    refuseLink(path)
    checkSocketFolders(path)
    await makeFree(path)
    try {
      await withTimeout(runtime, BIND_TIMEOUT_MS, this.#start())
      shareSocket(path, { mode })
    } catch (thrown) {
      await this.close()
      throw thrown
    }
  }

  /** Takes what programs have sent, and nothing new. False if the hub does not take all of it in time. */
  async drain(): Promise<boolean> {
    this.#end()
    return await withTimeout(this.#options.runtime, DRAIN_MS, this.#over).then(
      () => true,
      () => false,
    )
  }

  async close(): Promise<void> {
    this.#end()
    this.#messages?.abandon()
    this.#complaints?.abandon()
    this.#program?.stop()
    await this.#program?.ended
  }

  #end(): void {
    this.#isClosed = true
    this.#program?.stdin?.end()
  }

  /** Resolves when the socket is bound. */
  #start(): Promise<void> {
    const { path, runtime, perl = 'perl' } = this.#options
    if (findProgram(perl, PROGRAM_FOLDERS) === undefined)
      throw new Error(
        'the program perl is missing: install the package perl-base, or perl where there is none',
      )
    const program = new Program({
      words: [perl, '-e', DATAGRAM_READER, path],
      folder: '/',
      environment: { ...programEnvironment(), LC_ALL: 'C' },
      killAfter: KILL_AFTER_MS,
      runtime,
      hasInput: true,
    })
    program.stdin?.on('error', () => undefined)
    this.#program = program
    return new Promise((bound, failed) => {
      this.#over = this.#follow(program, bound).then((error) => {
        failed(error)
        if (this.#isBound && this.endedAt !== undefined) this.#options.failed(error, this.endedAt)
      })
    })
  }

  /** Resolves with the reason of its end when the reader has ended, and everything that it wrote is taken. */
  async #follow({ stdout, stderr, ended }: Program, bound: () => void): Promise<Error> {
    const isBound = () => {
      this.#isBound = true
      bound()
    }
    const read = Promise.all([this.#readMessages(stdout), this.#readComplaints(stderr, isBound)])
    const end = await ended
    if (!this.#isClosed) {
      this.fault = this.#reasonOf(end)
      this.endedAt = this.#options.runtime.now()
    }
    await read
    return new Error(this.#reasonOf(end))
  }

  /** Its last complaint is the reason only if it has given up. */
  #reasonOf(end: ProgramEnd): string {
    const gaveUp = end.code > 0 && end.signal === undefined
    return gaveUp && this.#complaint !== undefined ? this.#complaint : textOf(end)
  }

  #readMessages(stream: Program['stdout']): Promise<void> {
    const { runtime, maxMessage, take } = this.#options
    const splitter = new SyslogFramer(maxMessage, { isCounted: true })
    return new Promise((over) => {
      this.#messages = new StreamReader({ stream, splitter, runtime, gatherFor: GATHER_MS, take, over })
    })
  }

  #readComplaints(stream: Program['stderr'], bound: () => void): Promise<void> {
    const { runtime } = this.#options
    return new Promise((over) => {
      this.#complaints = new LineReader({
        stream,
        runtime,
        maxLine: MAX_COMPLAINT,
        take: ({ bytes }) => {
          const line = Buffer.from(bytes).toString('utf8')
          if (line === BOUND) bound()
          else this.#complaint = line
          return true
        },
        over,
      })
    })
  }
}

function textOf({ code, signal, fault }: ProgramEnd): string {
  const end = fault === undefined ? `ended with ${signal ?? `code ${code}`}` : `could not be run: ${fault}`
  return `the reader of datagrams ${end}`
}

/** Throws an error that says what to do if the path is a link, wherever that leads. */
function refuseLink(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return
  const target = readlinkSync(path)
  throw new Error(`it is a link to ${target}; where journald has made it, use the source journal instead`)
}

/** Throws an error that says what to do if something other than a socket that no program reads is at the path. */
async function makeFree(path: string): Promise<void> {
  const found = await removeDeadSocket(path)
  if (found === 'listener')
    throw new Error('another program reads it; if that is journald, use the source journal instead')
  if (found === 'no socket') throw new Error('a file that is no socket is there: move it away')
}
