import type { CopyReport } from '../../../log/jetstream/copy-log.js'
import { formatBytes, formatCount, formatRate, formatSpan, plural } from '../../terminal/figures.js'

/** `most`: the events that there were to copy, at most. `seconds`: how long they have been copied; 0 if it is over. */
export function copyProgress({ events, bytes }: CopyReport, most: number, seconds = 0): string {
  const percent = most <= 0 ? 100 : Math.floor((100 * events) / most)
  const done = `${percent} %: ${plural(events, 'event')} of up to ${formatCount(most)}, ${formatBytes(bytes)}`
  if (seconds === 0 || events === 0) return done
  const rate = events / seconds
  return `${done}, ${formatRate(rate)}/s, up to ${formatSpan((Math.max(0, most - events) / rate) * 1e6)} left`
}
