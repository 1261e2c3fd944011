import { isObject } from '../../event/json/object.js'
import { severityNames } from '../../event/severity.js'
import { userEnvironment } from '../../jobs/user-environment.js'
import { Program } from '../../processes/supervised-program.js'
import { outputOf, runProgram } from '../run-program.js'
import type { Source, SourceContext, SourceHealth, StreamCounter } from '../source.js'
import { LineReader } from '../text/line-reader.js'
import type { Line } from '../text/line-splitter.js'
import { TextStage } from '../text/text-stage.js'
import type { JournalConfig } from './config.js'
import { missingBetween, parseCursor } from './cursor.js'
import { eventOfEntry } from './entry.js'
import { readWrittenEntry, type WrittenEntry } from './written-entry.js'

/** Bytes of an entry as journalctl writes it, in which a byte of a field may take four. */
const MAX_ENTRY = 8 * 2 ** 20
const KILL_AFTER_MS = 2_000
const MAX_CURSOR = 1024
const MAX_COMPLAINT = 300
/** journalctl writes each entry by itself. Entries that follow each other within this time may be that much later, ms. */
const GATHER_MS = 5

/** Follows the journal of systemd with journalctl, from the entry that was published last. */
export class JournalSource implements Source {
  readonly #config: JournalConfig
  readonly #journalctl: string
  readonly #text: TextStage
  readonly #readers: LineReader[] = []
  #context!: SourceContext
  #program: Program | undefined
  #cursor: string | undefined
  /** The place at which the last start stopped, until the first entry is read. */
  #resumed: string | undefined
  #complaint: string | undefined
  #unreadable = 0
  #stopped = false

  constructor(config: JournalConfig, program: string) {
    this.#journalctl = program
    this.#config = config
    this.#text = new TextStage(config)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    await this.#text.start(context)
    const kept = await context.load(keptPlace)
    this.#cursor = kept === undefined ? await this.#newest() : kept.cursor
    this.#resumed = this.#cursor
    if (this.#stopped) return
    context.moved(() => ({ cursor: this.#cursor }))
    const words = [this.#journalctl, ...argumentsFor(this.#config, this.#cursor)]
    const environment = { PATH: '/usr/bin:/bin', ...userEnvironment() }
    const { runtime } = context
    this.#program = new Program({ words, folder: '/', environment, killAfter: KILL_AFTER_MS, runtime })
    void this.#follow(this.#program)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#text.stop()
    for (const reader of this.#readers) reader.abandon()
    this.#program?.stop()
    await this.#program?.ended
  }

  health(): SourceHealth {
    return this.#text.addTo({
      state: this.#complaint === undefined ? 'up' : 'degraded',
      reason: this.#complaint,
      details: { cursor: this.#cursor ?? null, unreadable: this.#unreadable },
    })
  }

  /** Where a source begins at its very first start. In an empty journal, all is new. */
  async #newest(): Promise<string | undefined> {
    if (this.#config.from === 'start') return undefined
    const words = ['--lines=1', '--output=json', '--output-fields=_PID', ...placeOf(this.#config)]
    const text = outputOf(await runProgram(this.#journalctl, words))
    return cursorOf(readWrittenEntry(text)?.get('__CURSOR'))
  }

  async #follow(program: Program): Promise<void> {
    const read = Promise.all([
      this.#read(program.stdout, MAX_ENTRY, (line) => this.#take(line)),
      this.#read(program.stderr, MAX_COMPLAINT, (line) => this.#complain(line)),
    ])
    const { code, signal, fault } = await program.ended
    await read
    if (this.#stopped) return
    const end = fault ?? `journalctl ended with ${signal ?? `code ${code}`}`
    this.#context.failed(new Error(this.#complaint === undefined ? end : `${end}: ${this.#complaint}`))
  }

  #read(stream: Program['stdout'], maxLine: number, take: (line: Line) => boolean): Promise<void> {
    const { runtime } = this.#context
    return new Promise((over) => {
      this.#readers.push(new LineReader({ stream, runtime, maxLine, gatherFor: GATHER_MS, take, over }))
    })
  }

  #complain({ bytes }: Line): boolean {
    this.#complaint = Buffer.from(bytes).toString('utf8')
    return true
  }

  /** Returns false if the hub accepts no events at present. */
  #take(line: Line): boolean {
    const entry = entryOf(line)
    const cursor = entry && cursorOf(entry.get('__CURSOR'))
    if (entry === undefined || cursor === undefined) {
      this.#unreadable++
      this.#context.lost(1, 'an entry of the journal is too long, or cannot be read')
      return true
    }
    // journalctl would leave out the first entry after a place that is gone, so it begins with the place itself.
    if (cursor === this.#resumed) {
      this.#resumed = undefined
      return true
    }
    // The hub's own entries would otherwise become events, which cause entries again, without end.
    if (entry.get('_PID') !== String(process.pid) && !this.#attempt(entry, cursor, line)) return false
    this.#noticeGap(cursor)
    this.#cursor = cursor
    this.#context.moved(() => ({ cursor: this.#cursor }))
    return true
  }

  #attempt(entry: WrittenEntry, cursor: string, { bytes }: Line): boolean {
    return this.#context.attempt(
      () => this.#publish(entry, cursor),
      () => ({ place: cursor, raw: bytes }),
    )
  }

  #publish(entry: WrittenEntry, cursor: string): boolean {
    const { maxField } = this.#config
    const now = this.#context.runtime.now()
    const { path, data } = eventOfEntry(entry, { maxField, parser: this.#text.parser, now })
    return this.#context.publish(path, this.#text.transformed(data), counterOf(cursor))
  }

  /** Only if all entries are read is each number of the journal seen. */
  #noticeGap(cursor: string): void {
    const before = this.#resumed
    this.#resumed = undefined
    if (before === undefined) return
    const missing = missingBetween(before, cursor)
    if (missing === undefined) return
    const { match, priority } = this.#config
    const isWhole = match.length === 0 && priority === 'debug'
    if (!isWhole && missing.count !== undefined) return
    this.#context.lost(missing.count, 'entries of the journal were removed while it was not followed')
  }
}

function argumentsFor(config: JournalConfig, cursor: string | undefined): string[] {
  const { match, priority } = config
  const level = severityNames.indexOf(priority)
  return [
    '--follow',
    '--output=json',
    '--all',
    '--no-tail',
    ...(cursor === undefined ? [] : [`--cursor=${cursor}`]),
    ...placeOf(config),
    // An entry without a priority has none that could be compared.
    ...(level === severityNames.length - 1 ? [] : [`--priority=${level}`]),
    '--',
    ...match,
  ]
}

function placeOf({ directory }: JournalConfig): string[] {
  return [
    '--no-pager',
    // Following means the current boot otherwise, and what was written before a restart of the host would be lost.
    '--boot=all',
    '--quiet',
    ...(directory === undefined ? [] : [`--directory=${directory}`]),
  ]
}

function entryOf({ bytes, length }: Line): WrittenEntry | undefined {
  if (length > bytes.length) return undefined
  return readWrittenEntry(Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8'))
}

/** Without a cursor, the journal was empty when the source began. */
function keptPlace(stored: unknown): { cursor: string | undefined } {
  const kept = isObject(stored) ? stored.cursor : stored
  const cursor = cursorOf(kept)
  if (kept !== undefined && cursor === undefined) throw new Error('the position has no cursor')
  return { cursor }
}

function cursorOf(kept: unknown): string | undefined {
  return typeof kept === 'string' && kept.length <= MAX_CURSOR ? kept : undefined
}

/** The counter by which the hub recognises entries that it stored before a crash. */
function counterOf(cursor: string): StreamCounter | undefined {
  const parts = parseCursor(cursor)
  const isExact = parts !== undefined && parts.number <= BigInt(Number.MAX_SAFE_INTEGER)
  return isExact ? { stream: parts.sequence, counter: Number(parts.number) } : undefined
}
