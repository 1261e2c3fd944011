import { channel } from 'node:diagnostics_channel'

/** A piece of work of the hub. Only the principal may have any number of values. */
export interface Work {
  readonly face: string
  readonly what: string
  readonly principal?: string
}

/** Work that begins, which the watchdog names if the turn takes long. Sent for each chunk of input, not each event. */
export const beginnings = channel('tocsin:work')

/** Says what the hub does from now on. */
export function begin(work: Work): void {
  if (beginnings.hasSubscribers) beginnings.publish(work)
}
