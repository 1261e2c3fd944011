import type { Readable } from 'node:stream'
import type { Cancel } from '../../event/runtime.js'
import { Program, type ProgramEnd } from '../../processes/supervised-program.js'
import type { HostExecExit, HostExecLine } from '../../types/host/exec.js'
import type { SourceContext } from '../source.js'
import { LineReader } from '../text/line-reader.js'
import type { Line } from '../text/line-splitter.js'
import { textData } from '../text/text-parser.js'
import type { TextStage } from '../text/text-stage.js'
import type { ExecConfig } from './config.js'

const RETRY_MS = 100

/** One run of the command: publishes its lines, and then how it ended. */
export class ExecRun {
  readonly #config: ExecConfig
  readonly #context: SourceContext
  readonly #text: TextStage
  readonly #program: Program
  readonly #readers: LineReader[] = []
  readonly #startedAt: number
  /** Streams of which a line is published. */
  readonly #begun = new Set<HostExecLine['stream']>()
  #cancelLimit: Cancel | undefined
  #timeout = false
  #lines = 0
  #bytes = 0
  #leftOut = 0
  #abandoned = false

  /** Throws an Error if the command cannot be run. */
  constructor(
    config: ExecConfig,
    context: SourceContext,
    text: TextStage,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#config = config
    this.#context = context
    this.#text = text
    const { command: words, folder, killAfter, every, timeLimit } = config
    const { runtime } = context
    this.#startedAt = runtime.monotonic()
    this.#program = new Program({ words, folder, environment, killAfter, runtime })
    if (every !== undefined) this.#cancelLimit = runtime.after(timeLimit, () => this.#endLate())
  }

  /** Resolves when everything that the command wrote, and its end, is published. */
  async done(): Promise<ProgramEnd> {
    const { stdout, stderr } = this.#program
    const read = Promise.all([this.#read(stdout, 'stdout'), this.#read(stderr, 'stderr')])
    const end = await this.#program.ended
    this.#cancelLimit?.()
    await read
    if (!this.#abandoned) await this.#publishExit(end)
    return end
  }

  /** Ends the command. Nothing more is published. */
  async stop(): Promise<void> {
    this.#abandoned = true
    this.#cancelLimit?.()
    this.#program.stop()
    for (const reader of this.#readers) reader.abandon()
    await this.#program.ended
  }

  #endLate(): void {
    this.#timeout = true
    this.#program.stop()
  }

  #read(stream: Readable, name: HostExecLine['stream']): Promise<void> {
    const { maxLine, multiline } = this.#config
    const { runtime } = this.#context
    return new Promise((over) => {
      const take = (line: Line) =>
        this.#context.attempt(
          () => this.#publishLine(name, line),
          () => ({ raw: line.bytes }),
        )
      this.#readers.push(new LineReader({ stream, runtime, maxLine, multiline, take, over }))
    })
  }

  #publishLine(stream: HostExecLine['stream'], line: Line): boolean {
    if (this.#isOver(line.length)) {
      this.#leftOut += line.length
      return true
    }
    if (!this.#context.publish('line', this.#dataOf(stream, line))) return false
    this.#begun.add(stream)
    this.#bytes += line.length
    this.#lines++
    return true
  }

  #isOver(length: number): boolean {
    const { every, maxOutput } = this.#config
    return every !== undefined && (this.#leftOut > 0 || this.#bytes + length > maxOutput)
  }

  #dataOf(stream: HostExecLine['stream'], { bytes, length, continued }: Line): HostExecLine {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    const place = { stream: `${this.#startedAt} ${stream}`, isFirst: !this.#begun.has(stream) }
    const read = this.#text.parser?.read(text, this.#context.runtime.now(), { place })
    const data: HostExecLine = { stream, ...textData(text, read) }
    if (length > bytes.length) data.cut = length
    if (continued) data.continued = true
    return this.#text.transformed(data)
  }

  async #publishExit({ code, signal, fault }: ProgramEnd): Promise<void> {
    const seconds = Math.round(this.#context.runtime.monotonic() - this.#startedAt) / 1000
    const data: HostExecExit = { code, seconds, lines: this.#lines, severity: code === 0 ? 'info' : 'err' }
    if (signal !== undefined) data.signal = signal
    if (fault !== undefined) data.fault = fault
    if (this.#timeout) data.timeout = true
    if (this.#leftOut > 0) data.leftOut = this.#leftOut
    while (!this.#abandoned && !this.#context.publish('exit', data))
      await new Promise<void>((next) => this.#context.runtime.after(RETRY_MS, next))
  }
}
