import type { Event } from 'tocsin/browser'
import { copyText } from '../../text/copy.js'
import { commandFor } from './copies.js'

/** Copies the command that shows an event. */
export function copyCommand(event: Event): Promise<void> {
  return copyText(commandFor(event))
}
