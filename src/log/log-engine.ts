import type { z } from 'zod'
import type { Runtime } from '../event/runtime.js'
import type { TypeOf, TypeOfBytes } from '../filter/matcher.js'
import type { NatsConfig } from '../storage/nats/config.js'
import type { OpenLink } from '../storage/nats/open-link.js'
import type { EventLog } from './event-log.js'

/**
 * An implementation of the log, selected with `log.engine` in the configuration. A new engine needs one file,
 * which implements `EventLog` and exports a `LogEngine`, and one line in the table `logEngines` (engines.ts). The
 * schema of `tocsin.yaml` and the reference follow from the table. The suite in test/log/conformance tests what the
 * hub relies on; run it in the engine's test.
 */
export interface LogEngine {
  /** Value of `log.engine`; also `stats.engine` of the logs that it opens. */
  readonly name: string
  /** Description for the configuration reference: the rest of a sentence that begins with the name. */
  readonly summary: string
  /**
   * True if it stores its events in the hub's data folder. If so, `open` gets a folder of its own there; if not, the
   * hub has no data folder, and keeps positions, counters and tokens in memory too.
   */
  readonly usesFolder: boolean
  /** The schema of the settings of this engine alone, under `log.<name>`. Every key needs a default or is optional. */
  readonly settings?: z.ZodObject
  /** Rejects with TCN_LOG_* if the log cannot be opened. A log that does not exist is created. */
  open(options: OpenLogOptions): Promise<EventLog>
}

export interface OpenLogOptions {
  runtime: Runtime
  /** The engine's own folder, which may not exist yet; empty unless the engine uses one. */
  folder: string
  config: LogSettings
  /** The section `nats` of the configuration, for an engine that keeps its events there. */
  nats?: NatsConfig
  /** Connects to NATS; default: `openNatsLink`. */
  openLink?: OpenLink
  /** The engine's own settings, as its schema returns them; undefined for an engine without a schema. */
  settings: unknown
  /** Returns the type of an event from its tag, for summaries. */
  typeOf: TypeOf
  /** Does the same for the bytes of the tag, if there is a faster way. */
  typeOfBytes?: TypeOfBytes
}

/** The keys under `log` in the configuration that do not belong to one engine. */
export interface LogSettings {
  /** Limits above which the oldest events may be removed; the hub calls `compact` with them. Ages are in ms. */
  retention: { age?: number; bytes?: number; count?: number }
  /** Limits at which a segment is sealed: bytes of frames, and age in ms. */
  segment: { bytes?: number; age: number }
  /** With `auto`, segments are compressed once they take no more events. */
  compression: 'auto' | 'off'
  /** With `auto`, segments get an index of words once they take no more events. */
  index: 'auto' | 'off'
  /** Memory for recent events, bytes. */
  ring: number
}
