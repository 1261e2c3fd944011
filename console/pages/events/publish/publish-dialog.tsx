import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../../src/errors/thrown.js'
import { addressOf } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { call, publish, session, typeInfo } from '../../../hub/api.js'
import { useAnswer } from '../../../hub/asking.js'
import { knownTypes } from '../../../hub/types.js'
import { publishStrings as text } from '../../../strings/publish.js'
import { strings } from '../../../strings.js'
import { visible } from '../../../text/visible.js'
import { differencesFrom, fieldsOf, type SchemaField, withField } from './schema-fields.js'

/** The hub is asked at most this often while somebody types, ms. */
const ASK_EVERY_MS = 200
const MAX_TAGS = 20

/** Takes an event and publishes it. */
export function PublishDialog({ onClose }: { onClose(): void }) {
  const tag = useSignal('')
  const data = useSignal('{}')
  const problem = useSignal('')
  const published = useSignal<string | undefined>(undefined)
  const isBusy = useSignal(false)
  const settled = useSettled(tag.value)
  const { type, fields } = useTypeOf(settled)
  const { missing, unknown } = differencesFrom(fields, data.value)
  const add = (field: SchemaField) => {
    data.value = withField(data.value, field)
  }
  const send = async (event: SubmitEvent) => {
    event.preventDefault()
    if (isBusy.value) return
    problem.value = ''
    published.value = undefined
    const body = parsed(data.value)
    if (body instanceof Error) {
      problem.value = text.notJson(body.message)
      return
    }
    isBusy.value = true
    try {
      published.value = (await publish(tag.value.trim(), body.value)) ?? ''
    } catch (error) {
      problem.value = strings.failed(messageOf(error))
    }
    isBusy.value = false
  }
  return (
    <Dialog title={text.title} onClose={onClose}>
      <form class="publish" onSubmit={send}>
        <TagField tag={tag} settled={settled} />
        {type !== undefined && <Fields type={type} fields={fields} onField={add} />}
        <label>
          {text.data}
          <textarea
            class="field mono"
            rows={8}
            spellcheck={false}
            value={data.value}
            onInput={({ currentTarget }) => {
              data.value = currentTarget.value
            }}
          />
        </label>
        {missing.length > 0 && <p class="note">{text.missing(visible(missing.join(', ')))}</p>}
        {unknown.length > 0 && <p class="note">{text.unknown(visible(unknown.join(', ')))}</p>}
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="choices">
          <button
            type="submit"
            class="button primary"
            disabled={tag.value.trim() === ''}
            aria-disabled={isBusy.value}
          >
            {text.publish}
          </button>
          <p role="status">
            {published.value !== undefined && `${text.published} `}
            {published.value && (
              <a class="mono" href={addressOf('events', { event: published.value })} onClick={onClose}>
                {published.value}
              </a>
            )}
          </p>
        </div>
      </form>
    </Dialog>
  )
}

interface TagFieldProps {
  tag: Signal<string>
  settled: string
}

/** Offers tags of recent events, to those who may see some. */
function TagField({ tag, settled }: TagFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const who = session.value
  const maySee = typeof who === 'object' && who.see
  const { value } = useAnswer(`${maySee} ${settled}`, async (signal) =>
    maySee ? (await call('tags.complete', { prefix: settled, limit: MAX_TAGS }, signal)).tags : [],
  )
  return (
    <label>
      {text.tag}
      <input
        class="field mono"
        ref={input}
        list="publish-tags"
        placeholder={text.tagHint}
        spellcheck={false}
        autocomplete="off"
        value={tag.value}
        onInput={({ currentTarget }) => {
          tag.value = currentTarget.value
        }}
      />
      <datalist id="publish-tags">
        {value.value?.map(({ text }) => (
          <option key={text} value={text} />
        ))}
      </datalist>
    </label>
  )
}

interface FieldsProps {
  type: string
  fields: readonly SchemaField[]
  onField(field: SchemaField): void
}

function Fields({ type, fields, onField }: FieldsProps) {
  return (
    <section aria-label={text.type(type)}>
      <p class="note">
        {text.type(type)}. {fields.length > 0 && text.fields}
      </p>
      <ul class="fields">
        {fields.map((field) => (
          <li key={field.name}>
            <button type="button" class="button plain mono" onClick={() => onField(field)}>
              + {visible(field.name)}
            </button>
            <span class="note">
              {[field.type, field.isRequired ? text.required : '', field.description]
                .filter((each) => each !== '')
                .map(visible)
                .join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The text, once it has not changed for a moment. */
function useSettled(typed: string): string {
  const settled = useSignal(typed)
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = typed
    }, ASK_EVERY_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return settled.value
}

/** The type of a tag, with its fields. */
function useTypeOf(tag: string): { type: string | undefined; fields: readonly SchemaField[] } {
  const { value } = useAnswer(tag, async (signal) => {
    const type = (await knownTypes()).typeOf(tag.trim())
    if (type === 'tocsin.event') return { type: undefined, fields: [] }
    const found = await typeInfo(type, signal).catch(() => undefined)
    return { type: found && type, fields: fieldsOf(found?.schema) }
  })
  return value.value ?? { type: undefined, fields: [] }
}

function parsed(text: string): { value: unknown } | Error {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error))
  }
}
