import { channel } from 'node:diagnostics_channel'

/** Diagnostics channels of the bus; they cost nothing while they have no listener. */
export const diagnostics = {
  refused: channel('tocsin:bus:refused'),
  subscriber: channel('tocsin:bus:subscriber'),
  suspended: channel('tocsin:bus:suspended'),
  consumer: channel('tocsin:bus:consumer'),
  gate: channel('tocsin:bus:gate'),
  /** A producer whose last counter cannot be stored. */
  unsaved: channel('tocsin:bus:unsaved'),
  /** Work that begins, which the watchdog names if the turn takes long. Sent for each chunk of input, not each event. */
  work: channel('tocsin:work'),
}

/** What the hub does. Only the principal may have any number of values. */
export interface Work {
  readonly face: string
  readonly what: string
  readonly principal?: string
}

/** Says what the hub does from now on. */
export function begin(work: Work): void {
  if (diagnostics.work.hasSubscribers) diagnostics.work.publish(work)
}
