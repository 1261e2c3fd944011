import { change } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { timeStrings as text } from '../../../strings/time.js'
import { isUtc } from '../../../text/moments.js'
import { showUtc } from '../../../text/utc.js'
import { changesFor } from './spans.js'
import { TypedTime } from './typed-time.js'

/** Takes a time as it is typed, and the zone in which times are shown. */
export function TimeDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={text.title} onClose={onClose}>
      <TypedTime
        examples={[...text.examples, text.exampleOfEvent]}
        onType={(typed, now) => change(changesFor(typed, now), 'push')}
        onClose={onClose}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={isUtc.value}
          onChange={({ currentTarget }) => showUtc(currentTarget.checked)}
        />
        {text.utc}
      </label>
    </Dialog>
  )
}
