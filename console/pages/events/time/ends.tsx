import { change, view } from '../../../app/router.js'
import { detailStrings as text } from '../../../strings/detail.js'
import { fromEvent, untilEvent } from './spans.js'

/** Makes an event the beginning or the end of the time that is shown. */
export function EndsHere({ time }: { time: number }) {
  const limit = (changes: typeof fromEvent) => () => change(changes(time, view.peek().params), 'push')
  return (
    <>
      <button type="button" class="button" onClick={limit(fromEvent)}>
        {text.fromHere}
      </button>
      <button type="button" class="button" onClick={limit(untilEvent)}>
        {text.untilHere}
      </button>
    </>
  )
}
