import type { Subscribe } from '../../protocols/native/protocol.js'

/** Returns whether the subscription continues at its position, with other filters. */
export function isChange(request: Subscribe): boolean {
  return Object.keys(request).every((key) => key === 'filters')
}
