import { channel } from 'node:diagnostics_channel'
import type { Work } from '../parts/work.js'

/** Told of each connection that was ended because its peer did not keep to a bound. */
export const connectionCuts = channel('tocsin:transport:cut')

export interface ConnectionCut {
  /** The work of reading from it. */
  readonly work: Work
  readonly reason: string
}

export function reportCut(cut: ConnectionCut): void {
  if (connectionCuts.hasSubscribers) connectionCuts.publish(cut)
}
