import { toTocsinError } from '../errors/tocsin-error.js'
import { formatCursor } from '../event/cursor.js'
import { frameTime } from '../event/frame.js'
import { type Cancel, endOfWork, type Runtime } from '../event/runtime.js'
import { LongWork } from '../incremental/long-work.js'
import { finished } from '../incremental/steps.js'
import { Boundary } from '../parts/boundary.js'
import { epochIn, seqIn } from './cause.js'
import { encodedInSteps } from './encode-in-steps.js'
import { RuleEngine } from './engine.js'
import { Feed, SLICE_MS } from './feed.js'
import { CAUSE, eventsOf, type MadeEvent, type Outcome, type RuleDefinition } from './rule.js'
import type { RuleHost, RuleReceiver, RuleSubscription } from './rule-host.js'
import type { KeptRule, RulePosition } from './rule-record.js'
import { type RuleStore, type StoredRule, settingsOf } from './rule-store.js'
import type { EngineRun } from './run.js'

const PUBLISH_AGAIN_MS = 250
const LOOK_AT_CLOCK_MS = 250
/** Records of so many groups, waiting matches and held events are made at once. */
const SHORT_GROUPS = 500

export interface SessionListener {
  outcome(rule: string, outcome: Outcome): void
  gap(reason: string): void
  /** One rule has thrown at an event, and takes none any more. Until `kept`, nothing that it remembers is missing. */
  ruleFailed(rule: string, seq: number, thrown: unknown, kept: number): void
  /** It cannot go on; without an error, the hub stops. */
  ended(error: Error | undefined): void
}

/** A rule that was taken out of the others continues alone. Seq: the event up to which what is kept of it is complete. */
export interface Alone {
  readonly from: number
}

interface Unpublished {
  run: EngineRun
  event: MadeEvent
  stream: string
}

/** The rules between one start and their end. */
export class RuleSession implements RuleReceiver {
  readonly engine: RuleEngine
  readonly #host: RuleHost
  readonly #runtime: Runtime
  readonly #store: RuleStore
  readonly #listener: SessionListener
  readonly #boundary = new Boundary('rule', '*', (thrown) => this.#failed(thrown))
  readonly #isAlone: boolean
  /** The events after which the rules began. */
  readonly #began = new Map<EngineRun, number>()
  readonly #leftOut = new Map<EngineRun, readonly number[]>()
  readonly #feed: Feed
  readonly #work: LongWork
  /** Events that the hub did not accept yet. */
  #unpublished: Unpublished[] = []
  #subscription: RuleSubscription | undefined
  /** While the feed is empty, no event up to this number is missing. */
  #known = 0
  #savedSeq = 0
  #savedBytes = 0
  /** True while records are made of what the rules remember. */
  #isHeld = false
  #again: Cancel | undefined
  #clock: Cancel | undefined
  /** True while it waits to hear that it has everything that was stored before. */
  #isAsking = false
  #isClosed = false

  private constructor(
    definitions: readonly RuleDefinition[],
    host: RuleHost,
    store: RuleStore,
    listener: SessionListener,
    isAlone: boolean,
  ) {
    this.#host = host
    this.#isAlone = isAlone
    this.#runtime = this.#boundary.runtime(host.runtime)
    this.#store = store
    this.#listener = listener
    this.engine = new RuleEngine(definitions, {
      ...host.types,
      cursorOf: host.cursorOf,
      outcome: (run, _group, outcome) => this.#outcome(run, outcome),
      failed: (run, seq, thrown) => this.#ruleFailed(run, seq, thrown),
    })
    this.#feed = new Feed(this.#runtime, {
      prepare: (bytes, at, hasTime) =>
        this.engine.advance(frameTime(bytes, at), hasTime) && this.engine.look(bytes, at, hasTime),
      take: (bytes, at) => {
        this.engine.take(bytes, at)
        return this.#unpublished.length === 0
      },
      empty: () => this.#caughtUp(),
    })
    this.#work = new LongWork(this.#runtime, { face: 'rules', what: 'records' })
  }

  /** Continues where the rules were. Rules that are new begin after `last`, the newest event unless it is given. */
  static async start(
    definitions: readonly RuleDefinition[],
    host: RuleHost,
    store: RuleStore,
    listener: SessionListener,
    { alone, last = host.last }: { alone?: Alone; last?: number } = {},
  ): Promise<RuleSession> {
    const session = new RuleSession(definitions, host, store, listener, alone !== undefined)
    // First, since a hub that was the primary before may still write: its position comes after its rules.
    const position = alone === undefined ? await store.position() : { epoch: host.epoch, seq: alone.from }
    const kept = await Promise.all(definitions.map((definition) => store.rule(definition)))
    const earlier = await Promise.all(definitions.map((definition) => store.earlierAlerts(definition)))
    const from = position ?? oldestOf(kept, host.epoch)
    const fresh = session.engine.runs.filter((run, index) => {
      if (kept[index] === undefined) run.restoreAlerts(earlier[index])
      return session.#restore(run, kept[index], last)
    })
    // Before they make anything, so that what they make after a crash is not taken for what they made before.
    const { epoch, seq } = from ?? { epoch: host.epoch, seq: last }
    await store.save(alone === undefined ? { epoch, seq } : undefined, await session.#records(fresh, last))
    session.#savedSeq = epoch === host.epoch ? seq : last
    session.#subscription = await host.follow(formatCursor(epoch, seq), session)
    session.#clock = session.#runtime.after(LOOK_AT_CLOCK_MS, session.#lookAtClock)
    return session
  }

  get pending(): number {
    return this.#feed.pending
  }

  /** The event up to which the rules are. */
  get seq(): number {
    return Math.max(this.#feed.seq, this.#known)
  }

  write(pieces: readonly Uint8Array[]): void {
    this.#boundary.take(() => this.#feed.add(pieces))
  }

  position(seq: number): void {
    if (this.#feed.pending === 0) this.#known = Math.max(this.#known, seq)
  }

  gap(reason: string, next: number): void {
    this.#listener.gap(reason)
    this.position(next)
  }

  end(error: Error | undefined): void {
    this.close()
    this.#listener.ended(error)
  }

  /** Ends the session. The rules continue from their stored state, since that in memory may be half changed. */
  #failed(thrown: unknown): void {
    this.end(toTocsinError(thrown, 'TCN_INTERNAL'))
  }

  /** Returns whether it has looked at everything up to this event, and made what follows from it. */
  isAt(seq: number): boolean {
    return this.#feed.pending === 0 && this.#unpublished.length === 0 && this.seq >= seq
  }

  /** Length of the records that were stored last. */
  get savedBytes(): number {
    return this.#savedBytes
  }

  /** Up to here, what is kept of its rules is complete. */
  get savedSeq(): number {
    return this.#savedSeq
  }

  /**
   * Stores where the rules are. What they have made is safe before that. `floor`: the event after which a rule continues
   * that was taken out.
   */
  async save(floor = Number.POSITIVE_INFINITY): Promise<void> {
    const { seq } = this
    if (this.#unpublished.length > 0 || (seq === this.#savedSeq && floor >= seq)) return
    const whole = this.engine.runs.filter((run) => !this.engine.isBroken(run))
    const changed = whole.filter(({ isChanged }) => isChanged || this.#isAlone)
    for (const run of changed) run.isChanged = false
    try {
      const records = await this.#records(changed, seq)
      await this.#host.settled()
      const position = { epoch: this.#host.epoch, seq: Math.min(seq, floor) }
      await this.#store.save(this.#isAlone ? undefined : position, records)
      this.#savedSeq = seq
      this.#savedBytes = records.flatMap(([, parts]) => parts).reduce((sum, { length }) => sum + length, 0)
    } catch (thrown) {
      for (const run of changed) run.isChanged = true
      throw thrown
    }
  }

  close(): void {
    this.#isClosed = true
    this.#clock?.()
    this.#again?.()
    this.#feed.close()
    this.#subscription?.close()
  }

  /** Returns whether the rule begins anew. */
  #restore(run: EngineRun, kept: KeptRule | undefined, last: number): boolean {
    const isKnown = kept?.epoch === this.#host.epoch
    this.#began.set(run, isKnown ? kept.began : last)
    if (kept !== undefined) run.restore(kept.snapshot)
    if (kept?.leftOut !== undefined && isKnown) run.leaveOut(kept.leftOut)
    this.#leftOut.set(run, (isKnown && kept.leftOut) || [])
    this.engine.skip(run, isKnown ? kept.seq : last)
    return !isKnown
  }

  /** Makes the records at once if they are short, and otherwise in steps, while the rules take nothing. */
  async #records(runs: readonly EngineRun[], seq: number): Promise<StoredRule[]> {
    const groups = runs.reduce((sum, run) => sum + sizeOf(run), 0)
    if (groups <= SHORT_GROUPS) return runs.map((run) => finished(this.#recordSteps(run, seq)))
    this.#isHeld = true
    this.#feed.block()
    try {
      const records: StoredRule[] = []
      for (const run of runs) records.push(await this.#work.run(run.name, this.#recordSteps(run, seq)))
      return records
    } finally {
      this.#isHeld = false
      this.#boundary.take(() => this.#feed.unblock())
    }
  }

  *#recordSteps(run: EngineRun, seq: number): Generator<undefined, StoredRule> {
    const kept: KeptRule = {
      settings: settingsOf(run.definition),
      epoch: this.#host.epoch,
      seq,
      began: this.#began.get(run)!,
      snapshot: yield* run.snapshotSteps(),
      leftOut: this.#leftOut.get(run) ?? [],
    }
    return [run.name, yield* encodedInSteps(kept)]
  }

  #outcome(run: EngineRun, outcome: Outcome): void {
    this.#listener.outcome(run.name, outcome)
    const events = eventsOf(outcome)
    if (events.length === 0) return
    for (const event of events)
      this.#unpublished.push({ run, event, stream: this.#streamOf(run, event.attributes[CAUSE]) })
    this.#publish()
  }

  /** The numbers of events, from which their counters follow, begin again with each log. */
  #streamOf(run: EngineRun, cause: string): string {
    return `rule:${run.name}:${epochIn(cause)}-${this.#began.get(run)}`
  }

  /** Events that it has made but not published are made again when it continues. */
  #ruleFailed(run: EngineRun, seq: number, thrown: unknown): void {
    this.#unpublished = this.#unpublished.filter((made) => made.run !== run)
    this.#listener.ruleFailed(run.name, seq, thrown, this.#savedSeq)
  }

  /** In order, and again until the hub accepts them. Meanwhile the rules take no events. */
  #publish(): void {
    if (this.#again !== undefined) return
    while (this.#unpublished.length > 0) {
      const [made] = this.#unpublished
      if (!this.#isPublished(made)) {
        this.#again = this.#runtime.after(PUBLISH_AGAIN_MS, () => {
          this.#again = undefined
          this.#publish()
          if (this.#unpublished.length === 0) this.#feed.unblock()
        })
        return
      }
      if (this.#unpublished[0] === made) this.#unpublished.shift()
    }
  }

  /** An event that cannot be made into one of the log breaks its rule, as nobody would ever take it. */
  #isPublished({ run, event, stream }: Unpublished): boolean {
    try {
      return this.#host.publish(event, stream)
    } catch (thrown) {
      this.engine.break(run, seqIn(event.attributes[CAUSE]), thrown)
      return true
    }
  }

  #caughtUp(): void {
    this.#known = Math.max(this.#known, this.#feed.seq)
    this.#subscription?.drained()
  }

  readonly #lookAtClock = (): void => {
    this.#clock = this.#runtime.after(LOOK_AT_CLOCK_MS, this.#lookAtClock)
    if (this.#isAsking || this.#runtime.now() <= this.engine.nextDeadline) return
    this.#isAsking = true
    void this.#host.caughtUp().then((time) => {
      this.#isAsking = false
      if (time !== undefined) this.#boundary.take(() => this.#advance(time))
    })
  }

  /** When all that was stored before then was looked at, nothing from before then will come. */
  #advance(time: number): void {
    if (this.#isClosed || this.#isHeld || !this.isAt(this.#host.last)) return
    const until = endOfWork(this.#runtime, SLICE_MS)
    if (this.engine.advance(time, () => this.#runtime.monotonic() < until)) return
    this.#clock?.()
    this.#clock = this.#runtime.after(1, this.#lookAtClock)
  }
}

function sizeOf({ groups, waiting, held, alertCount }: EngineRun): number {
  return groups + waiting + held + alertCount
}

/** Where the rule is that is furthest behind, if the position of all was damaged. Each leaves out what it has taken. */
function oldestOf(kept: readonly (KeptRule | undefined)[], epoch: string): RulePosition | undefined {
  const seqs = kept.flatMap((each) => (each?.epoch === epoch ? [each.seq] : []))
  return seqs.length === 0 ? undefined : { epoch, seq: Math.min(...seqs) }
}
