import { change, view } from '../../../app/router.js'
import { timeStrings as text } from '../../../strings/time.js'
import { dayAndMinute, dayAndSecond, minutes, seconds, wall } from '../../../text/moments.js'
import { visible } from '../../../text/visible.js'
import { toNow } from '../to-now.js'
import { moved, type ShownSpan, spanOf, toSpan, wider } from './spans.js'

const MINUTE = 60e6
const DAY_MS = 86_400_000

/** The time that was chosen: shows it, moves it, makes it longer, and leaves it. */
export function ChosenTime({ onAsk }: { onAsk(): void }) {
  const { params } = view.value
  const now = Date.now() * 1000
  const span = spanOf(params, now)
  const go = (wanted: ShownSpan) => () => change(toSpan(wanted), 'push')
  return (
    <>
      {span && <Step label={text.earlier} sign="‹" onClick={go(moved(span, -1))} />}
      <button type="button" class="button" title={text.change} onClick={onAsk}>
        {shownText(params, span)}
      </button>
      {span && (
        <>
          <Step label={text.later} sign="›" onClick={go(moved(span, 1))} isOff={span.to >= now} />
          <Step label={text.wider} sign="↔" onClick={go(wider(span, now))} />
        </>
      )}
      <button type="button" class="button" onClick={() => change(toNow, 'push')}>
        {text.whole}
      </button>
    </>
  )
}

interface StepProps {
  label: string
  sign: string
  isOff?: boolean
  onClick(): void
}

function Step({ label, sign, isOff = false, onClick }: StepProps) {
  return (
    <button type="button" class="button" aria-label={label} title={label} disabled={isOff} onClick={onClick}>
      {sign}
    </button>
  )
}

function shownText(params: URLSearchParams, span: ShownSpan | undefined): string {
  const to = params.get('to')
  if (span === undefined) return visible(text.span(params.get('from') ?? '', to ?? text.now))
  const isShort = span.to - span.from < 5 * MINUTE
  const moment = isShort ? dayAndSecond : dayAndMinute
  const end = dayOf(span.from) === dayOf(span.to) ? (isShort ? seconds : minutes) : moment
  return text.span(moment(span.from), to === null ? text.now : end(span.to))
}

/** Days since the epoch, as the clocks that are shown have them. */
function dayOf(micros: number): number {
  return Math.floor(wall(micros).getTime() / DAY_MS)
}
