import type { Runtime } from '../event/runtime.js'

/** What a source of host events is: the hub starts, stops and watches it. */
export interface Source {
  /** Resolves when it runs; a rejection makes the hub try again after a growing pause. */
  start(context: SourceContext): Promise<void>
  stop(): Promise<void>
  health(): SourceHealth
}

export interface SourceContext {
  /** `host/<hostname>/<name>`: source of its events, and first segments of their tags. */
  readonly origin: string
  readonly runtime: Runtime
  /** Publishes `<origin>/<path>`. False: the hub takes nothing for now; count it and report it as lost. */
  publish(path: string, data: unknown): boolean
  /** Reports that `count` observations could not be published or seen. */
  lost(count: number, reason: string): void
  /** Reports that the source cannot go on: it is stopped and started again. */
  failed(error: unknown): void
  /** Position kept over restarts, at most a few KiB. */
  load(): Promise<unknown>
  save(position: unknown): Promise<void>
}

export interface SourceHealth {
  state: 'up' | 'degraded'
  /** Facts for `tocsin status`, JSON values only. */
  details: Record<string, unknown>
}
