import { parseTime } from '../../../../src/event/position.js'
import { parsePositionRange } from '../../../../src/event/position-range.js'
import { change } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { facetStrings as text } from '../../../strings/facets.js'
import { timeStrings } from '../../../strings/time.js'
import { shownZone } from '../../../text/moments.js'
import { positionOf } from '../range.js'
import { TypedTime } from '../time/typed-time.js'

/** Takes a time to compare with, as it is typed. */
export function CompareDialog({ onClose }: { onClose(): void }) {
  const compare = (typed: string, now: number) => change({ compare: spanOf(typed, now) }, 'push')
  return (
    <Dialog title={text.compareTitle} onClose={onClose}>
      <TypedTime examples={timeStrings.examples} onType={compare} onClose={onClose} />
    </Dialog>
  )
}

/** The time in the address. Throws why the text is none. */
function spanOf(typed: string, now: number): string {
  const { from, to } = parsePositionRange(typed, now, shownZone)
  const start = parseTime(from)
  const end = to === undefined ? now : parseTime(to)
  if (start === undefined || end === undefined) throw new Error(text.noEvent)
  return `${positionOf(start)}/${positionOf(end)}`
}
