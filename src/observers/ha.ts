import type { OwnEvent } from '../bus/api.js'

/** A part of the hub that is told of what happens among the hubs that share its log, in order. */
export interface HaObserver {
  /** The hub goes on with what concerns the cluster when the result resolves. */
  happened(event: OwnEvent): Promise<void> | undefined
}
