import { dirname } from 'node:path'
import { messageOf } from '../../errors/thrown.js'
import type { PolicyConfig } from '../entry.js'
import {
  faultReason,
  type Source,
  type SourceContext,
  type SourceHealth,
  type StreamCounter,
} from '../source.js'
import type { LinePlace } from '../text/line-place.js'
import { joinerOf } from '../text/record-joiner.js'
import type { ParsedText, TextParser } from '../text/text-parser.js'
import { TextStage } from '../text/text-stage.js'
import type { LinesConfig } from './config.js'
import { findFiles, linkOwners } from './find-files.js'
import { FolderWatches } from './folder-watches.js'
import { type FilesPosition, FollowedFiles, filesPosition } from './followed-files.js'
import type { FileLine, Follower, Step } from './follower.js'
import { ignoreTest } from './name-pattern.js'
import { SingleFlight } from './single-flight.js'

const BUFFER_BYTES = 256 * 1024
/** Interval at which files are examined that are not watched, or that wait for time to pass. */
const POLL_MS = 2_000
/** Interval at which all files are searched for and examined, in case the system missed a change. */
const SCAN_MS = 10_000
/**
 * Interval at which the file that is read is looked at, and each tenth time all that wait: if a file is truncated before it
 * is read, only its size at the last look is known.
 */
const LOOK_MS = 100
const LOOKS_AT_ONE = 10
/** Rotation changes several names at once. */
const SCAN_PAUSE_MS = 50
const MAX_WATCHES = 256
const MAX_NAMES = 50_000

/** The runner does the rest of what an entry says. */
type FollowedConfig = Omit<LinesConfig, keyof PolicyConfig | 'name' | 'silentAfter' | 'once' | 'transform'> &
  Partial<Pick<LinesConfig, 'transform'>>

/** Publishes a line; false if the hub accepts no events at present. */
export type PublishLine = (
  context: SourceContext,
  line: FileLine,
  counter: StreamCounter,
  first: LinePlace['first'],
) => boolean

/** Publishes the lines appended to files, each once, whatever happens to the files. */
export class LineSource implements Source {
  readonly #config: FollowedConfig
  readonly #publish: PublishLine
  readonly #text: TextStage
  readonly #ignored: (path: string) => boolean
  readonly #follows: (uid: bigint) => boolean
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  /** Followers that may have something to read, in order. */
  readonly #due = new Set<Follower>()
  readonly #faults = new Map<string, string>()
  readonly #watches: FolderWatches
  readonly #flight = new SingleFlight({
    isDue: () => this.#scanDue || this.#due.size > 0,
    run: () => this.#work(),
  })
  #context!: SourceContext
  #files!: FollowedFiles
  #scanDue = false
  #lookDue = false
  #looks = 0
  /** Null bytes that were skipped. */
  #skipped = 0
  #tooMany = false
  #watched = false

  constructor(config: FollowedConfig, publish?: PublishLine) {
    this.#config = config
    this.#text = new TextStage(config)
    this.#publish = publish ?? lines(this.#text)
    this.#ignored = ignoreTest(config.ignore)
    this.#follows = linkOwners(config.followLinks)
    this.#watches = new FolderWatches(MAX_WATCHES, (folder, path, listed) =>
      this.#changed(folder, path, listed),
    )
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#flight.start(context.runtime)
    await this.#text.start(context)
    this.#files = new FollowedFiles({
      runtime: context.runtime,
      followLinks: this.#config.followLinks,
      maxLine: this.#config.maxLine,
      partialAfter: this.#config.partialAfter,
      joiner: joinerOf(this.#config),
      from: this.#config.from,
      publish: (line, counter, first) => this.#take(line, counter, first),
      skipped: (bytes) => {
        this.#skipped += bytes
      },
      lost: (count, reason, since) => context.lost(count, reason, since),
      fault: (path, error) => this.#fault(path, error),
      keep: () => this.#keep(),
      due: (follower) => this.#due.add(follower),
    })
    const kept = await context.load((stored) => filesPosition.parse(stored))
    if (kept) await this.#resume(kept)
    if (this.#flight.stopped) return this.#files.close()
    await this.#scan()
    this.#poll()
    this.#flight.wake()
  }

  /** Gaps that are found here are reported once, also if nothing is read until the next start. */
  async #resume(kept: FilesPosition): Promise<void> {
    await this.#files.resume(kept)
    this.#moved()
  }

  async stop(): Promise<void> {
    this.#text.stop()
    this.#watches.close()
    await this.#flight.stop()
    await this.#files?.close()
  }

  health(): SourceHealth {
    const faults = [...this.#faults].slice(0, 10)
    const details: Record<string, unknown> = {
      files: this.#files?.all.size ?? 0,
      watches: this.#watches.count,
    }
    if (this.#skipped > 0) details.nullBytes = this.#skipped
    if (this.#watches.fault) details.watch = this.#watches.fault
    if (this.#tooMany)
      details.limit = `more than ${this.#config.maxFiles} files, or too many names to look at`
    if (faults.length > 0) details.faults = Object.fromEntries(faults)
    const reason = (details.limit as string | undefined) ?? faultReason(faults)
    return this.#text.addTo({
      state: faults.length > 0 || this.#tooMany ? 'degraded' : 'up',
      reason,
      details,
    })
  }

  /** The name of a stream is stored before its first line. */
  #take(line: FileLine, counter: StreamCounter, first: LinePlace['first']): boolean {
    const item = () => ({ place: `${counter.stream} ${counter.counter}`, raw: line.bytes ?? line.line })
    return this.#context.attempt(() => this.#publish(this.#context, line, counter, first), item)
  }

  #changed(folder: string, path: string | undefined, listed: boolean): void {
    for (const follower of this.#files.all) {
      const concerned = path === undefined ? dirname(follower.path) === folder : follower.path === path
      if (concerned) this.#due.add(follower)
    }
    if (listed || path === undefined) this.#flight.after('scan', SCAN_PAUSE_MS, () => this.#demandScan())
    this.#flight.wake()
  }

  #poll(): void {
    this.#flight.after('poll', Math.min(POLL_MS, this.#config.partialAfter), () => {
      for (const follower of this.#files.all) if (!this.#watched || follower.waiting) this.#due.add(follower)
      this.#poll()
      this.#flight.wake()
    })
  }

  #lookLater(): void {
    this.#flight.after('look', LOOK_MS, () => {
      this.#lookDue = true
    })
  }

  #demandScan(): void {
    this.#scanDue = true
    this.#flight.wake()
  }

  async #work(): Promise<void> {
    while (!this.#flight.paused) {
      if (this.#lookDue) await this.#look()
      const follower = this.#nextDue()
      if (this.#scanDue) await this.#scan()
      else if (follower) await this.#advance(follower)
      else return
      this.#lookLater()
      await new Promise<void>((next) => this.#context.runtime.soon(next))
    }
  }

  async #look(): Promise<void> {
    this.#lookDue = false
    const looksAtAll = this.#looks++ % LOOKS_AT_ONE === 0
    const followers = looksAtAll ? this.#due : [...this.#due].filter(({ undrained }) => undrained)
    const isSteady = await this.#files.look(followers)
    if (!isSteady) this.#scanDue = true
    // Contents that wait are known after a restart as they were seen last.
    if (looksAtAll || !isSteady) this.#moved()
  }

  /** Returns the follower whose bytes are in the buffer, otherwise the next one that may read. */
  #nextDue(): Follower | undefined {
    for (const follower of this.#due) {
      if (!this.#files.all.has(follower)) this.#due.delete(follower)
      else if (follower.undrained) return follower
    }
    for (const follower of this.#due) {
      if (!follower.after || follower.after.caughtUp) return follower
      this.#due.add(follower.after)
    }
    return undefined
  }

  async #advance(follower: Follower): Promise<void> {
    const before = follower.offset
    const step = await this.#step(follower)
    if (!follower.undrained) this.#due.delete(follower)
    if (follower.offset !== before) this.#moved()
    switch (step) {
      case 'more':
        // Goes to the end of the queue, unless it uses the buffer.
        this.#due.add(follower)
        break
      case 'later':
        // Another file comes first, with a stream of its own.
        this.#due.add(follower)
        await this.#keep()
        break
      case 'refused':
        this.#due.add(follower)
        this.#flight.retry()
        break
      case 'truncated':
        await this.#files.truncated(follower)
        this.#scanDue = true
        this.#moved()
        break
      case 'copy':
        await this.#files.dropCopy(follower)
        this.#moved()
        break
      case 'done':
        await this.#files.drop(follower)
        this.#moved()
        this.#scanDue = true
        break
    }
  }

  async #step(follower: Follower): Promise<Step> {
    try {
      const step = await follower.step(this.#buffer)
      this.#faults.delete(follower.path)
      return step
    } catch (error) {
      this.#fault(follower.path, error)
      // Other files do not wait for one that cannot be read.
      follower.caughtUp = true
      return 'idle'
    }
  }

  async #scan(): Promise<void> {
    this.#scanDue = false
    this.#flight.after('scan-again', SCAN_MS, () => this.#demandScan())
    const now = this.#context.runtime.now() / 1000
    try {
      const limits = { files: this.#config.maxFiles, names: MAX_NAMES, follows: this.#follows }
      const found = await findFiles(this.#config.lines, this.#ignored, limits)
      const watched = this.#watches.set(found.folders)
      this.#watched = watched && !found.links
      if (!watched) this.#flight.after('scan-unwatched', POLL_MS, () => this.#demandScan())
      for (const follower of this.#files.all) this.#due.add(follower)
      if (found.tooMany && !this.#tooMany) {
        this.#context.lost(undefined, 'there are more files, or names to look at, than are followed')
      }
      this.#tooMany = found.tooMany
      this.#faults.clear()
      for (const [path, reason] of found.faults) this.#faults.set(path, reason)
      if (await this.#files.update(found.files, now)) await this.#keep()
    } catch (error) {
      this.#fault(this.#config.lines[0], error)
    }
  }

  #moved(): void {
    this.#context.moved(() => this.#files.position())
  }

  /**
   * Stores the names of streams, and how their content begins, before their first event: after a crash, the same lines
   * get the same stream, and others another one.
   */
  async #keep(): Promise<void> {
    this.#moved()
    // A failure of the store is reported in the health; publishing lines is more important.
    await this.#context.keep().catch(() => {})
  }

  #fault(path: string, error: unknown): void {
    this.#faults.set(path, messageOf(error))
  }
}

function lines(text: TextStage): PublishLine {
  return (context, line, counter, first) => {
    const place = { stream: counter.stream, isFirst: line.offset === 0, file: line.file, first }
    const data = parsedLine(line, text.parser, context.runtime.now(), place)
    return context.publish('line', text.transformed(data), counter)
  }
}

/** The data of the event of a line. `now`: µs since the epoch. */
export function parsedLine(
  line: FileLine,
  parser: TextParser | undefined,
  now: number,
  place: LinePlace,
): object {
  if (parser === undefined || line.bytes !== undefined) return line
  const read = parser.read(line.line, now, { place })
  return read === undefined ? line : withParsed(line, read.parsed, read.keepsLine)
}

function withParsed(line: FileLine, parsed: ParsedText, keepsLine: boolean): object {
  if (keepsLine) return { ...line, ...parsed }
  const { file, offset, cut, partial, continued } = line
  const data: Omit<FileLine, 'line'> = { file, offset }
  if (cut !== undefined) data.cut = cut
  if (partial) data.partial = partial
  if (continued) data.continued = continued
  return Object.assign(data, parsed)
}
