import { useSignal } from '@preact/signals'
import { messageOf } from '../../../src/errors/thrown.js'
import type { MadeTokenInfo, RightsParams, TokenAddParams } from '../../../src/methods/contract/index.js'
import { CopyButton } from '../../components/copy-button.js'
import { Dialog } from '../../components/dialog.js'
import { Quoted } from '../../components/quoted.js'
import { call } from '../../hub/api.js'
import { newTokenStrings as text } from '../../strings/new-token.js'
import { useMethod } from './ask.js'
import { FormDialog, Problem } from './form-dialog.js'
import { principalsOf } from './principals.js'

const DAY_MICROS = 86_400e6
const USUAL_DAYS = '90'
const ADMIN = 'admin'

interface NewTokenProps {
  /** Principals that have tokens, which the configuration need not have. */
  principals: readonly string[]
  onMade(): void
  onClose(): void
}

/** Makes a token, and shows it once. */
export function NewToken({ principals, onMade, onClose }: NewTokenProps) {
  const made = useSignal<MadeTokenInfo | undefined>(undefined)
  const failure = useSignal('')
  const make = async (form: HTMLFormElement) => {
    failure.value = ''
    try {
      made.value = await call('tokens.add', paramsIn(new FormData(form)))
      onMade()
    } catch (error) {
      failure.value = messageOf(error)
    }
  }
  if (made.value !== undefined) return <MadeToken made={made.value} onClose={onClose} />
  return (
    <FormDialog title={text.title} action={text.make} submit={make} onClose={onClose}>
      <label>
        {text.name}
        <input class="field mono" name="name" placeholder={text.nameHint} autocomplete="off" required />
      </label>
      <Rights others={principals} />
      <label>
        {text.expires}
        <select class="field" name="days">
          {Object.entries(text.lifetimes).map(([days, name]) => (
            <option key={days} value={days} selected={days === USUAL_DAYS}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Problem text={failure.value} />
    </FormDialog>
  )
}

/** The rights of a principal that exists, or of a new one with the name of the token. */
function Rights({ others }: { others: readonly string[] }) {
  const asked = useMethod('config.get', { key: 'principals' }, { right: 'admin', every: 60_000 })
  const principal = useSignal('')
  const configured = asked.value.value === undefined ? [] : principalsOf(asked.value.value)
  const names = [...new Set([...configured.map(({ name }) => name), ...others, ADMIN])]
  return (
    <>
      <label>
        {text.rights}
        <select
          class="field"
          name="principal"
          value={principal.value}
          onChange={({ currentTarget }) => {
            principal.value = currentTarget.value
          }}
        >
          <option value="">{text.own}</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {text.of(name)}
            </option>
          ))}
        </select>
      </label>
      {principal.value === '' && (
        <>
          <Extent name="see" hint={text.listHint} />
          <Extent name="publish" hint={text.listHint} />
          <Extent name="consume" hint={text.consumeHint} />
          <Right name="monitor" />
          <Right name="admin" />
          <p class="quiet">
            <Quoted text={text.more} />
          </p>
        </>
      )}
    </>
  )
}

function Extent({ name, hint }: { name: 'see' | 'publish' | 'consume'; hint: string }) {
  return (
    <label>
      {text[name]}
      <input class="field mono" name={name} placeholder={hint} autocomplete="off" />
    </label>
  )
}

function Right({ name }: { name: 'monitor' | 'admin' }) {
  return (
    <label class="check">
      <input type="checkbox" name={name} />
      {text[name]}
    </label>
  )
}

/** Only its button closes it: who closes it by accident would have no token. */
function MadeToken({ made: { name, token }, onClose }: { made: MadeTokenInfo; onClose(): void }) {
  return (
    <Dialog title={text.made}>
      <p class="words">{text.once(name)}</p>
      <p class="made-token mono">{token}</p>
      <div class="choices">
        <CopyButton text={token} label={text.copy} what={text.copy} />
        <button type="button" class="button primary" onClick={onClose}>
          {text.done}
        </button>
      </div>
    </Dialog>
  )
}

function paramsIn(fields: FormData): TokenAddParams {
  const field = (name: string) => String(fields.get(name) ?? '').trim()
  const principal = field('principal')
  const days = field('days')
  return {
    name: field('name'),
    ...(principal === '' ? { rights: rightsIn(field, fields) } : { principal }),
    ...(days === '' ? {} : { expires: Number(days) * DAY_MICROS }),
  }
}

function rightsIn(field: (name: string) => string, fields: FormData): RightsParams {
  const names = (name: string) => (field(name) === '*' ? '*' : field(name).split(/\s+/).filter(Boolean))
  return {
    see: prefixes(names('see')),
    publish: prefixes(names('publish')),
    consume: names('consume'),
    monitor: fields.has('monitor'),
    admin: fields.has('admin'),
  }
}

/** Throws for what is not a prefix, in words for the person who has typed it. */
function prefixes(given: '*' | string[]): '*' | string[] {
  const wrong = given === '*' ? undefined : given.find((each) => !each.endsWith('/'))
  if (wrong !== undefined) throw new Error(text.notPrefix(wrong))
  return given
}
