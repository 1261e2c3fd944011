import { channel } from 'node:diagnostics_channel'

/** What the bus reports to whoever listens; costs nothing when nobody does. */
export const diagnostics = {
  refused: channel('tocsin:bus:refused'),
  subscriber: channel('tocsin:bus:subscriber'),
  suspended: channel('tocsin:bus:suspended'),
  consumer: channel('tocsin:bus:consumer'),
  gate: channel('tocsin:bus:gate'),
}
