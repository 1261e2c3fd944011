import { toTocsinError } from '../errors/tocsin-error.js'
import { formatCursor } from '../event/cursor.js'
import { guardedRuntime } from '../event/guarded-runtime.js'
import { encode } from '../event/index.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { RuleEngine } from './engine.js'
import { Feed } from './feed.js'
import type { MadeEvent, Outcome, RuleDefinition } from './rule.js'
import type { RuleHost, RuleReceiver, RuleSubscription } from './rule-host.js'
import type { RuleRun } from './rule-run.js'
import { type KeptRule, type RuleStore, settingsOf } from './rule-store.js'

const PUBLISH_AGAIN_MS = 250
const LOOK_AT_CLOCK_MS = 250

export interface SessionListener {
  outcome(rule: string, outcome: Outcome): void
  gap(reason: string): void
  /** It cannot go on; without an error, the hub stops. */
  ended(error: Error | undefined): void
}

/** The rules between one start and their end. */
export class RuleSession implements RuleReceiver {
  readonly engine: RuleEngine
  readonly #host: RuleHost
  readonly #runtime: Runtime
  readonly #store: RuleStore
  readonly #listener: SessionListener
  /** The events after which the rules began. */
  readonly #began = new Map<RuleRun, number>()
  readonly #feed: Feed
  /** Events that the hub did not accept yet. */
  #unpublished: { event: MadeEvent; stream: string }[] = []
  #subscription: RuleSubscription | undefined
  /** No event up to there is missing, if the feed is empty. */
  #known = 0
  #savedSeq = 0
  #again: Cancel | undefined
  #clock: Cancel | undefined

  private constructor(
    definitions: readonly RuleDefinition[],
    host: RuleHost,
    store: RuleStore,
    listener: SessionListener,
  ) {
    this.#host = host
    this.#runtime = guardedRuntime(host.runtime, (thrown) => this.#failed(thrown))
    this.#store = store
    this.#listener = listener
    this.engine = new RuleEngine(definitions, {
      ...host.types,
      cursorOf: host.cursorOf,
      outcome: (run, _group, outcome) => this.#outcome(run, outcome),
    })
    this.#feed = new Feed(
      this.#runtime,
      (bytes, at) => {
        this.engine.take(bytes, at)
        return this.#unpublished.length === 0
      },
      () => this.#caughtUp(),
    )
  }

  /** Continues where the rules were. Rules that are new begin with the next event. */
  static async start(
    definitions: readonly RuleDefinition[],
    host: RuleHost,
    store: RuleStore,
    listener: SessionListener,
  ): Promise<RuleSession> {
    const session = new RuleSession(definitions, host, store, listener)
    const { last } = host
    const from = await store.position()
    const kept = await Promise.all(definitions.map((definition) => store.rule(definition)))
    const fresh = session.engine.runs.filter((run, index) => session.#restore(run, kept[index], last))
    // Before they make anything, so that what they make after a crash is not taken for what they made before.
    await store.save(
      from ?? { epoch: host.epoch, seq: last },
      fresh.map((run) => session.#record(run, last)),
    )
    await store.keepOnly(new Set(definitions.map(({ name }) => name)))
    const { epoch, seq } = from ?? { epoch: host.epoch, seq: last }
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
    try {
      this.#feed.add(pieces)
    } catch (thrown) {
      this.#failed(thrown)
    }
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

  /** The rules go on from what was stored: what they remember may be half changed. */
  #failed(thrown: unknown): void {
    this.end(toTocsinError(thrown, 'TCN_INTERNAL'))
  }

  /** Stores where the rules are. What they have made is safe before that. */
  async save(): Promise<void> {
    const { seq } = this
    if (this.#unpublished.length > 0 || seq === this.#savedSeq) return
    const changed = this.engine.runs.filter(({ isChanged }) => isChanged)
    const records = changed.map((run) => this.#record(run, seq))
    for (const run of changed) run.isChanged = false
    try {
      await this.#host.settled()
      await this.#store.save({ epoch: this.#host.epoch, seq }, records)
      this.#savedSeq = seq
    } catch (thrown) {
      for (const run of changed) run.isChanged = true
      throw thrown
    }
  }

  close(): void {
    this.#clock?.()
    this.#again?.()
    this.#feed.close()
    this.#subscription?.close()
  }

  /** Returns whether the rule begins anew. */
  #restore(run: RuleRun, kept: KeptRule | undefined, last: number): boolean {
    const isKnown = kept?.epoch === this.#host.epoch
    this.#began.set(run, isKnown ? kept.began : last)
    if (kept !== undefined) run.restore(kept.snapshot)
    this.engine.skip(run, isKnown ? kept.seq : last)
    return !isKnown
  }

  #record(run: RuleRun, seq: number): [string, Uint8Array] {
    const kept: KeptRule = {
      settings: settingsOf(run.definition),
      epoch: this.#host.epoch,
      seq,
      began: this.#began.get(run)!,
      snapshot: run.snapshot(),
    }
    return [run.name, encode(kept)]
  }

  #outcome(run: RuleRun, outcome: Outcome): void {
    this.#listener.outcome(run.name, outcome)
    if (outcome.is !== 'fired') return
    const stream = `rule:${run.name}:${this.#host.epoch}-${this.#began.get(run)}`
    for (const event of outcome.events) this.#unpublished.push({ event, stream })
    this.#publish()
  }

  /** In order, and again until the hub accepts them. Meanwhile the rules take no events. */
  #publish(): void {
    if (this.#again !== undefined) return
    while (this.#unpublished.length > 0) {
      const [{ event, stream }] = this.#unpublished
      if (!this.#host.publish(event, stream)) {
        this.#again = this.#runtime.after(PUBLISH_AGAIN_MS, () => {
          this.#again = undefined
          this.#publish()
          if (this.#unpublished.length === 0) this.#feed.unblock()
        })
        return
      }
      this.#unpublished.shift()
    }
  }

  #caughtUp(): void {
    this.#known = Math.max(this.#known, this.#feed.seq)
    this.#subscription?.drained()
  }

  /** When all that was stored was looked at, nothing from before now will come. */
  readonly #lookAtClock = (): void => {
    const { last } = this.#host
    this.#clock = this.#runtime.after(LOOK_AT_CLOCK_MS, this.#lookAtClock)
    const now = this.#runtime.now()
    const isUpToDate = this.#feed.pending === 0 && this.seq >= last && this.#unpublished.length === 0
    if (isUpToDate && now > this.engine.nextDeadline) this.engine.advance(now)
  }
}
