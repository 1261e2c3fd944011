import { Dialog } from '../components/dialog.js'
import { keyStrings } from '../strings/keys.js'
import { shellDialogs as text } from '../strings/shell-dialogs.js'
import { boundKeys } from './keys.js'
import { areSingleKeysOn, switchSingleKeys } from './single-keys.js'

/** All keys that do something now. */
export function KeyList({ onClose }: { onClose(): void }) {
  const bound = boundKeys()
  const labels = [...new Set(bound.map(({ label }) => label))]
  return (
    <Dialog title={text.keys} onClose={onClose}>
      <label class="check">
        <input
          type="checkbox"
          checked={areSingleKeysOn.value}
          onChange={({ currentTarget }) => switchSingleKeys(currentTarget.checked)}
        />
        {text.singleKeys}
      </label>
      <dl class="keys">
        {labels.map((each) => (
          <div key={each}>
            <dt>{bound.map(({ key, label }) => label === each && <kbd key={key}>{nameOfKey(key)}</kbd>)}</dt>
            <dd>{keyStrings[each]}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

/** As it is printed on keyboards. */
function nameOfKey(key: string): string {
  const { keyNames } = text
  return key in keyNames ? keyNames[key as keyof typeof keyNames] : key
}

/** Says why somebody is logged in still. */
export function StillIn({ title, why, onClose }: { title: string; why: string; onClose(): void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="words" role="alert">
        {text.stillIn(why)}
      </p>
    </Dialog>
  )
}
