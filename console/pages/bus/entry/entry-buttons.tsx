import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { setting } from '../../../app/setting.js'
import { lazily } from '../../../components/lazily.js'
import { busStrings as text } from '../../../strings/bus.js'
import { may } from '../ask.js'
import { chosenHub } from '../chosen-hub.js'
import type { Column } from '../table.js'
import type { Section } from './candidate-entry.js'

const EntryDialog = lazily(() => import('./entry-dialog.js').then((loaded) => loaded.EntryDialog))

/** The entry whose form is shown; without a name, one that is new. */
const opened = signal<{ section: Section; name?: string } | undefined>(undefined)

/** Shows the form that the buttons of the page open. */
export function OpenedEntry() {
  const close = setting(opened, undefined)
  useEffect(() => close, [])
  return (
    opened.value && <EntryDialog section={opened.value.section} name={opened.value.name} onClose={close} />
  )
}

/** In the configuration of another hub, nothing is changed from here. */
function mayEdit(): boolean {
  return may('owner') && chosenHub() === undefined
}

/** Adds a rule, a sink or a source. */
export function AddEntry({ section }: { section: Section }) {
  if (!mayEdit()) return null
  return (
    <button type="button" class="button plain" onClick={setting(opened, { section })}>
      {text.entry.add[section]}
    </button>
  )
}

/** A column that opens the entry of a row; none for those who may change nothing. */
export function editColumns<Row extends { name: string }>(section: Section): readonly Column<Row>[] {
  if (!mayEdit()) return []
  const cell = ({ name }: Row) => (
    <button
      type="button"
      class="button plain"
      aria-label={text.entry.editNamed(name)}
      onClick={setting(opened, { section, name })}
    >
      {text.entry.edit}
    </button>
  )
  return [{ title: text.entry.edit, kind: 'action', side: true, cell }]
}
