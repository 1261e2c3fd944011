import type { TocsinError } from '../../errors/tocsin-error.js'
import type { TraceContext } from '../../event/trace-context.js'
import type { KeyedChange } from './keyed-changes.js'
import type { Applied, CommitRecord } from './records.js'

/** Who edits or commits. */
export interface ConfigUser {
  readonly user: string
  readonly session?: string
  readonly face?: string
  readonly address?: string
  /** Number of the session. */
  readonly usid?: number
  /** The name that the program gives itself. */
  readonly program?: string
}

/** The phases of a commit, in order. `undo` comes instead of `finish` if one of them fails. */
export type CommitPhase = 'validate' | 'prepare' | 'write' | 'apply' | 'announce' | 'finish' | 'undo'

/** Something that happens to the configuration. `transaction` is the number of the candidate or commit that it belongs to. */
export type ConfigEvent = {
  readonly transaction: number
  readonly by: ConfigUser
  /** The work that a commit is a part of. */
  readonly trace?: TraceContext
  /** Other work that it is about. */
  readonly links?: readonly TraceContext[]
} & (
  | { readonly type: 'transaction'; readonly state: 'start' | 'stop' }
  | { readonly type: 'lock'; readonly state: 'locked' | 'unlocked'; readonly reason?: string }
  | { readonly type: 'phase'; readonly phase: CommitPhase; readonly state: 'start' | 'stop' }
  | ({ readonly type: 'commit'; readonly record: CommitRecord } & Applied)
  | { readonly type: 'failed'; readonly phase: CommitPhase; readonly error: TocsinError }
  | {
      readonly type: 'confirmed-commit'
      readonly state: 'started' | 'confirmed' | 'aborted'
      readonly record: CommitRecord
      readonly reason?: string
      /** The changes by the return to the previous configuration, if the commit was aborted. */
      readonly outcome?: Applied
    }
)

/** A part of the hub that is told of everything that happens to the configuration. */
export interface ConfigObserver {
  /** Called in order, while it happens. What it throws is ignored. */
  event?(event: ConfigEvent): void
  /**
   * Called when the changes are in effect and before the commit is final. The commit waits until it resolves, or until
   * the signal is aborted at the deadline; neither that nor a rejection can stop the commit.
   */
  announce?(announced: AnnouncedCommit, signal: AbortSignal): Promise<void>
}

export interface AnnouncedCommit {
  readonly transaction: number
  readonly by: ConfigUser
  readonly record: CommitRecord
  /** Secrets are masked. */
  readonly changes: readonly KeyedChange[]
}

/** Tells all observers. */
export class ConfigObservers {
  readonly #observers = new Set<ConfigObserver>()

  /** Returns a function that ends it. */
  add(observer: ConfigObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  event(event: ConfigEvent): void {
    for (const observer of this.#observers) {
      try {
        observer.event?.(event)
      } catch {
        // An observer cannot prevent or damage a commit.
      }
    }
  }

  async announce(announced: AnnouncedCommit, signal: AbortSignal): Promise<void> {
    const asked = [...this.#observers].map(async (observer) => observer.announce?.(announced, signal))
    const over = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    await Promise.race([Promise.allSettled(asked), over])
  }
}
