import type { BusAdmin } from '../bus/admin.js'
import type { BusApi } from '../bus/api.js'
import type { Principal } from '../bus/principal.js'
import type { RequestPublisher } from '../bus/request-publisher.js'
import type { TocsinError } from '../errors/tocsin-error.js'
import type { SourceInfo } from '../methods/contract/index.js'
import type { Method } from '../methods/method.js'
import type { Progress } from '../methods/progress.js'
import type { BusMethodContext } from '../methods/query.js'
import type { OpenDiffs } from './open-diffs.js'

/** The hub for the methods that a face or a source brings. */
export interface PartMethodContext extends BusMethodContext {
  readonly bus: BusAdmin & BusApi
  /** Publishes for the caller of a method. `refused`: its rights no longer extend to the event of this number. */
  publisher(principal: Principal, refused: (counter: number, error: TocsinError) => void): RequestPublisher
  sources(): SourceInfo[]
  /** Returns what the source shows of its work, in rows. */
  inspect(source: string): readonly object[]
  readonly diffs: Pick<OpenDiffs, 'find'>
  readonly progress: Pick<Progress, 'reader'>
}

/** Returns the methods of a part, which exist whether or not the part is configured. */
export type PartMethods = (context: PartMethodContext) => Method[]
