import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Histogram as Counts } from '../../../src/methods/contract/index.js'
import { isCounted } from '../../hub/counting.js'
import { strings } from '../../strings.js'
import { dayAndMinute, seconds } from '../../text/moments.js'
import type { Choosing } from './range.js'

interface HistogramKeysProps {
  svg: { readonly current: SVGSVGElement | null }
  choosing: Choosing
  counts: Counts
  onFinish(): void
}

const MINUTE = 60e6
const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 }

/** Keys that choose a time: arrows move over the bars, with Shift they choose more of them. Says what is chosen. */
export function HistogramKeys({ svg, choosing, counts, onFinish }: HistogramKeysProps) {
  /** Starts of the first bar that was chosen and of the last one. */
  const ends = useRef({ first: 0, last: 0 })
  const move = (by: number, isLonger: boolean) => {
    const { start, step, counts: all } = counts
    if (all.length === 0) return
    const newest = start + (all.length - 1) * step
    const place = ends.current.last + by * step
    const last = choosing.value === undefined ? (by < 0 ? newest : start) : between(start, place, newest)
    const first = isLonger && choosing.value !== undefined ? ends.current.first : last
    ends.current = { first, last }
    choosing.value = { from: Math.min(first, last), to: Math.max(first, last) + step }
  }
  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const by = steps[event.key]
    if (by !== undefined) move(by, event.shiftKey)
    else if (choosing.value === undefined) return
    else if (event.key === 'Enter') onFinish()
    else if (event.key === 'Escape') choosing.value = undefined
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const latest = useRef(press)
  latest.current = press
  // At once: a key may follow the focus before the next paint.
  useLayoutEffect(() => {
    const bars = svg.current!
    const listen = (event: KeyboardEvent) => latest.current(event)
    const leave = () => {
      choosing.value = undefined
    }
    bars.addEventListener('keydown', listen)
    bars.addEventListener('blur', leave)
    return () => {
      bars.removeEventListener('keydown', listen)
      bars.removeEventListener('blur', leave)
    }
  }, [])
  return (
    <p class="hidden-text" role="status">
      {choosing.value && textOf(choosing.value, counts)}
    </p>
  )
}

function textOf({ from, to }: { from: number; to: number }, counts: Counts): string {
  const { start, step } = counts
  const moment = step < MINUTE ? seconds : dayAndMinute
  const { events, text } = strings.events.histogram
  const chosen = counts.counts.slice(Math.ceil((from - start) / step), Math.ceil((to - start) / step))
  const sum = chosen.reduce<number>((all, each) => all + (each ?? 0), 0)
  return text(
    events({ total: isCounted(counts, from) ? sum : undefined, atLeast: sum }),
    moment(from),
    moment(to),
  )
}

function between(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
