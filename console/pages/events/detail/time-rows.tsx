import { useSignal } from '@preact/signals'
import type { Event } from 'tocsin/browser'
import { formatSpan } from '../../../../src/types/figures.js'
import { setting } from '../../../app/setting.js'
import { detailStrings as text } from '../../../strings/detail.js'

/** A row of a time line: something that lasts from a moment to another. */
export interface TimeRow {
  readonly key: string
  readonly label: string
  readonly depth: number
  /** µs; undefined where it has not begun, or not ended. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** Moments within it. */
  readonly marks: readonly number[]
  readonly tone: 'ok' | 'error' | 'open'
  readonly note: string
  /** The event that a click shows. */
  readonly event: Event | undefined
}

interface TimeRowsProps {
  label: string
  rows: readonly TimeRow[]
  /** The number of rows that are shown at first. */
  short: number
  current: number
  onOpen(event: Event): void
}

/** Percent that the shortest bar is wide. */
const LEAST = 0.8
const MAX_DEPTH = 12
/** Rows that are shown at most. */
const LONG = 2000

/** Bars over a common time, each with its name before and its length behind; more of them when asked. */
export function TimeRows({ label, rows, short, current, onOpen }: TimeRowsProps) {
  const isWhole = useSignal(false)
  const shown = rows.slice(0, isWhole.value ? LONG : short)
  const times = shown
    .flatMap(({ from, to, marks }) => [from, to, ...marks])
    .filter((time) => time !== undefined)
  const start = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const end = times.reduce((most, time) => Math.max(most, time), 0)
  const place = (time: number) => (end > start ? ((time - start) / (end - start)) * 100 : 0)
  return (
    <>
      <ul class="time-rows" aria-label={label}>
        {shown.map((row) => (
          <li key={row.key} data-tone={row.tone}>
            <button
              type="button"
              disabled={row.event === undefined}
              aria-current={row.event?.seq === current ? 'true' : undefined}
              onClick={() => row.event && onOpen(row.event)}
            >
              <span
                class="name"
                title={row.label}
                style={{ paddingLeft: `${Math.min(row.depth, MAX_DEPTH) * 10}px` }}
              >
                {row.label}
              </span>
              <Bar row={row} place={place} />
              <span class="note">{row.note}</span>
            </button>
          </li>
        ))}
      </ul>
      {end > start && (
        <p class="scale" aria-hidden="true">
          <span>0</span>
          <span>{formatSpan(end - start)}</span>
        </p>
      )}
      {rows.length > short && (
        <button type="button" class="button" onClick={setting(isWhole, !isWhole.value)}>
          {isWhole.value ? text.fewer : text.job.more(Math.min(rows.length, LONG) - short)}
        </button>
      )}
      {isWhole.value && rows.length > LONG && <p class="looked">{text.cut(LONG)}</p>}
    </>
  )
}

function Bar({ row: { from, to, marks, tone }, place }: { row: TimeRow; place(time: number): number }) {
  const begin = from === undefined ? 0 : place(from)
  const finish = to === undefined ? 100 : place(to)
  return (
    <svg class="line" aria-hidden="true">
      {from !== undefined && (
        <rect
          class="bar"
          x={`${Math.min(begin, 100 - LEAST)}%`}
          width={`${Math.max(finish - begin, LEAST)}%`}
          y="5"
          height="6"
          rx="2"
        />
      )}
      {marks.map((mark) => (
        <rect key={mark} class="mark" x={`${Math.min(place(mark), 99.5)}%`} width="2" y="3" height="10" />
      ))}
      {tone === 'error' && to !== undefined && (
        <rect class="end" x={`${Math.min(finish, 99)}%`} width="3" y="1" height="14" />
      )}
    </svg>
  )
}
