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
}
