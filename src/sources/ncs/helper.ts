import { delimiter } from 'node:path'
import { secretPath } from '../../config/secret-file.js'
import { messageOf } from '../../errors/thrown.js'
import { formatTime } from '../../event/position.js'
import { type Runtime, sleep } from '../../event/runtime.js'
import type { LongWork } from '../../incremental/long-work.js'
import { isLongJson, readJsonObjects } from '../../incremental/read-json.js'
import { programEnvironment } from '../../jobs/user-environment.js'
import { Program } from '../../processes/supervised-program.js'
import {
  type AttachedLine,
  answeredLine,
  awaitedAnswer,
  readAttachedLine,
  settingsLine,
  unreadable,
} from '../../protocols/ncs/attached/lines.js'
import { pythonPackages } from '../../protocols/ncs/attached/python-packages.js'
import { bitOf, maskNames } from '../../protocols/ncs/constants/mask.js'
import { type Line, LineSplitter } from '../text/line-splitter.js'
import { type NcsSourceConfig, placeOf, verbosities } from './config.js'

/** More than the longest line that the program writes. */
const LONGEST_LINE = 5 * 2 ** 20
const KILL_AFTER_MS = 2_000
const LONGEST_COMPLAINT = 2_000
/** The code with which the program ends that cannot say more, since nothing is read. */
const BEHIND = 75
/** Time for the rest of what a program says that has ended. */
const LAST_WORDS_MS = 500

export type AttachConfig = Pick<
  NcsSourceConfig,
  'name' | 'module' | 'python' | 'modules' | 'path' | 'port' | 'accessFile' | 'mask' | 'verbosity' | 'streams'
>

export interface HelperOptions {
  readonly config: AttachConfig
  readonly runtime: Runtime
  readonly longWork: LongWork
  /** Where the replay of each stream begins, µs since the epoch. */
  readonly starts: ReadonlyMap<string, number | undefined>
}

/** The program that reads from NSO with the vendor's Python module. */
export class NcsHelper {
  readonly #options: HelperOptions
  readonly #program: Program
  #complaint = ''
  #failure: string | undefined

  /** Throws an Error if it cannot be run. */
  constructor(options: HelperOptions) {
    this.#options = options
    const { config, runtime, starts } = options
    this.#program = new Program({
      words: [config.python, '-u', '-m', 'tocsin.ncs.attach'],
      folder: '/',
      environment: environmentOf(config),
      killAfter: KILL_AFTER_MS,
      runtime,
      hasInput: true,
    })
    this.#program.stdin?.on('error', () => undefined)
    this.#program.stdin?.write(settingsFor(config, starts))
    this.#program.stderr.on('data', (text: Buffer) => {
      this.#complaint = (this.#complaint + text).slice(-LONGEST_COMPLAINT)
    })
  }

  /**
   * Resolves when all sockets are connected, with the types that the module does not have, and a time before which none
   * was, µs. Rejects if that fails.
   */
  async connected(
    lines: AsyncGenerator<AttachedLine, undefined>,
  ): Promise<{ unknown: readonly string[]; at: number }> {
    const { value: first } = await lines.next()
    if (first !== undefined && 'connected' in first) return { ...first.connected, at: first.at }
    // Output that is not read would be waited for.
    await lines.return(undefined)
    throw new Error('the program has said something before it was connected')
  }

  /** Says what the program says, as fast as that is taken. Throws why it has ended. */
  async *lines(): AsyncGenerator<AttachedLine, undefined> {
    const splitter = new LineSplitter(LONGEST_LINE, 0, false)
    try {
      for await (const chunk of this.#program.stdout) {
        splitter.feed(chunk)
        for (let line = splitter.line(); line !== undefined; line = splitter.line()) {
          const said = await this.#take(line)
          if ('failed' in said) this.#failure = said.failed
          else yield said
        }
      }
    } catch (error) {
      this.#failure ??= messageOf(error)
    }
    throw new Error(await this.#reason())
  }

  /** Lets NSO continue. */
  answer(number: number): void {
    this.#program.stdin?.write(answeredLine(number))
  }

  async stop(): Promise<void> {
    this.#program.stop()
    await this.#program.ended
  }

  /** NSO continues after a line that cannot be read. */
  async #take({ bytes, length }: Line): Promise<AttachedLine> {
    const json = Buffer.from(bytes)
    const said = await this.#read(json, length)
    const awaited = 'unreadable' in said ? awaitedAnswer(json) : undefined
    if (awaited !== undefined) this.answer(awaited)
    return said
  }

  async #read(json: Buffer, length: number): Promise<AttachedLine> {
    if (length > json.length) return unreadable(`a line of ${length} bytes is too long`)
    const { config, runtime, longWork } = this.#options
    try {
      const steps = readJsonObjects(json, runtime)
      return readAttachedLine(await longWork.settle(`ncs/${config.name}`, steps, !isLongJson(json)))
    } catch (error) {
      return unreadable(`a line of the program cannot be read: ${messageOf(error)}`)
    }
  }

  async #reason(): Promise<string> {
    const { runtime } = this.#options
    const { code, signal, fault } = await this.#program.ended
    if (this.#failure !== undefined) return `NSO: ${this.#failure}`
    if (code === BEHIND) return 'the hub has not taken notifications for too long'
    const { stderr } = this.#program
    if (!stderr.readableEnded) {
      const ended = new AbortController()
      stderr.once('close', () => ended.abort())
      await sleep(runtime, LAST_WORDS_MS, ended.signal)
    }
    const complaint = this.#complaint.trim().split('\n').at(-1) ?? ''
    if (complaint !== '') return `the program for NSO has ended: ${complaint}`
    const how = signal === undefined ? `with code ${code}` : `by ${signal}`
    return fault === undefined ? `the program for NSO was ended ${how}` : `it cannot be run: ${fault}`
  }
}

function settingsFor(config: AttachConfig, starts: HelperOptions['starts']): string {
  const place = placeOf(config)
  return settingsLine({
    module: `_${config.module}`,
    ...('path' in place ? place : { port: place.port }),
    mask: config.mask.flatMap((name) => maskNames(bitOf(name) ?? 0)),
    verbosity: verbosities.indexOf(config.verbosity),
    streams: config.streams.map(({ name, filter }) => {
      const start = starts.get(name)
      return { name, filter, ...(start !== undefined && { start: formatTime(start) }) }
    }),
  })
}

/** Our modules come last: the vendor's have other names, and must be found as NSO has installed them. */
function environmentOf({ modules, accessFile }: AttachConfig): Record<string, string> {
  const known = accessFile === undefined ? undefined : secretPath(accessFile)
  return {
    ...programEnvironment(),
    PYTHONPATH: [...modules, pythonPackages].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    ...(known !== undefined && { NCS_IPC_ACCESS_FILE: known, CONFD_IPC_ACCESS_FILE: known }),
  }
}
