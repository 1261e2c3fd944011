import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { Quoted } from '../../../components/quoted.js'
import { call } from '../../../hub/api.js'
import { useAnswer } from '../../../hub/asking.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { visible } from '../../../text/visible.js'
import { Problem } from '../form-dialog.js'
import { withoutLinks } from '../values.js'
import { fieldsOf, textOf } from './entry-model.js'
import { KeyField, type KeyFieldProps } from './key-field.js'
import { keyOfMaps, type ListedMap, mapsIn, textOfMaps } from './list-model.js'

/** A list of maps, with fields for the keys of each. */
export function ListField({ field, id, typed, onType }: KeyFieldProps) {
  const { name, about } = field
  const current = typed ?? textOf(field.value)
  const last = useSignal<{ text: string; maps: readonly ListedMap[] }>({ text: '', maps: [] })
  // Another text than that of what was typed last is a list that was read again.
  const maps = last.value.text === current ? last.value.maps : mapsIn(current)
  const box = useRef<HTMLFieldSetElement>(null)
  const { value, failure } = useAnswer(about.key, async (signal) => {
    const params = { key: keyOfMaps(about.key), deep: true }
    return (await call('config.describe', params, signal)).keys
  })
  const keys = value.value
  const change = (changed: readonly ListedMap[]) => {
    if (keys === undefined) return
    last.value = { text: textOfMaps(keys, changed), maps: changed }
    onType(last.value.text)
  }
  const add = () => {
    const highest = maps.reduce((most, each) => Math.max(most, each.id), -1)
    change([...maps, { id: highest + 1, value: {}, typed: new Map() }])
    requestAnimationFrame(() => lastOf(box.current, 'fieldset')?.querySelector('input')?.focus())
  }
  const remove = (gone: ListedMap) => {
    change(maps.filter((each) => each !== gone))
    lastOf<HTMLElement>(box.current, 'button')?.focus()
  }
  const type = (map: ListedMap, key: string, words: string) => {
    const changed = { ...map, typed: new Map(map.typed).set(key, words) }
    change(maps.map((each) => (each === map ? changed : each)))
  }
  return (
    <fieldset class="key-field" ref={box}>
      <legend class="mono">{name}</legend>
      <p class="note">
        <Quoted text={withoutLinks(about.description)} />
      </p>
      <Problem text={failure.value?.message ?? ''} />
      {keys &&
        maps.map((map, index) => {
          const which = nameOf(map) || String(index + 1)
          return (
            <fieldset key={map.id}>
              <legend class="mono">{visible(which)}</legend>
              {fieldsOf(keys, map.value).map((each) => (
                <KeyField
                  key={each.name}
                  field={each}
                  id={`${id}-${map.id}-${each.name}`}
                  typed={map.typed.get(each.name)}
                  onType={(words) => type(map, each.name, words)}
                />
              ))}
              <button
                type="button"
                class="button"
                aria-label={text.removeFrom(name, visible(which))}
                onClick={() => remove(map)}
              >
                {text.remove}
              </button>
            </fieldset>
          )
        })}
      <button type="button" class="button" disabled={keys === undefined} onClick={add}>
        {text.addTo(name)}
      </button>
    </fieldset>
  )
}

function nameOf({ value, typed }: ListedMap): string {
  return typed.get('name') ?? textOf(Object(value).name)
}

function lastOf<Found extends Element>(box: Element | null, selector: string): Found | undefined {
  return [...(box?.querySelectorAll<Found>(selector) ?? [])].at(-1)
}
