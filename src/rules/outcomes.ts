import { formatTime } from '../event/position.js'
import type { Outcome } from './rule.js'

export const EARLY = 'too many events wait for their turn, so that the first did not wait long enough'

export function lateText(time: number, last: number): string {
  return `an event of ${formatTime(time)} came after one of ${formatTime(last)} was handled`
}

export function failed(reason: string): Outcome {
  return { is: 'failed', reason }
}
