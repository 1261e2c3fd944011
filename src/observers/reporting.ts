import type { Runtime } from '../event/runtime.js'
import { Progress } from '../methods/progress.js'
import { AccessLog } from './access-log.js'
import { NotificationDemand } from './notification-demand.js'

/** The reports of faces about their work while somebody subscribes to them. */
export class Reporting {
  readonly demand = new NotificationDemand()
  readonly access = new AccessLog()
  readonly progress: Progress

  constructor(runtime: Runtime) {
    this.progress = new Progress(runtime)
  }
}

export type LineLevel = 'error' | 'warn' | 'info' | 'debug'

/** A line of the hub's own log. */
export interface OwnLine {
  readonly level: LineLevel
  readonly text: string
  /** The code of the error that it reports. */
  readonly code?: string
}

/** Returns whether it has taken the line. */
export type LineReader = (line: OwnLine) => boolean

/** The hub's own log, which one part of the hub may read. */
export interface OwnLog {
  /** From now on `reader` gets every line, of any level. With `instead`, lines that it takes are written nowhere else. */
  read(reader: LineReader | undefined, instead?: boolean): void
}
