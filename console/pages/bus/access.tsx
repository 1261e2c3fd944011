import { useSignal } from '@preact/signals'
import type { TokenInfo } from '../../../src/methods/contract/index.js'
import { lazily } from '../../components/lazily.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { ask } from './notice.js'
import { Panel } from './panel.js'
import { type Principal, principalsOf, rightsText } from './principals.js'
import { Search } from './search.js'
import { Cut, State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { ago, moment } from './times.js'

const text = busStrings.access
const SLOWLY_MS = 10_000

const NewToken = lazily(async () => (await import('./new-token.js')).NewToken)

/** Who may do what. */
export function Access() {
  return (
    <>
      <Principals />
      <Tokens />
    </>
  )
}

function Principals() {
  const asked = useMethod('config.get', { key: 'principals' }, { right: 'admin', every: SLOWLY_MS })
  const columns: readonly Column<Principal>[] = [
    { title: text.principal, cell: ({ name }) => <strong>{name}</strong> },
    { title: text.rights, kind: 'rest', cell: ({ rights }) => <Cut>{rightsText(rights)}</Cut> },
  ]
  return (
    <Panel title={text.principals} asked={asked} count={(found) => principalsOf(found).length}>
      {(found) => (
        <Table
          title={text.principals}
          columns={columns}
          rows={principalsOf(found)}
          none={text.noPrincipals}
          rowKey={({ name }) => name}
        />
      )}
    </Panel>
  )
}

const tones: Record<TokenInfo['state'], Tone> = {
  good: 'ok',
  old: 'warn',
  expired: 'idle',
  exceeded: 'error',
}

function Tokens() {
  const asked = useMethod('tokens.list', {}, { right: 'admin', every: SLOWLY_MS })
  const search = useSignal('')
  const isMaking = useSignal(false)
  const making = (is: boolean) => () => {
    isMaking.value = is
  }
  // A token that was rotated is there twice while its grace lasts, and a name stands for both.
  const revoke = (name: string) => {
    const tokens = asked.value.value?.tokens.filter((each) => each.name === name).length ?? 1
    ask(
      text.revoke,
      text.confirm(name, tokens),
      async () => {
        const { revoked } = await call('tokens.revoke', { name })
        asked.refresh()
        return text.revoked(name, revoked)
      },
      true,
    )
  }
  const columns: readonly Column<TokenInfo>[] = [
    {
      title: text.token,
      kind: 'long',
      cell: ({ name, state, lastUsed, expires }) => (
        <>
          <State tone={tones[state]} label={state}>
            <strong>{name}</strong>
          </State>
          <span class="below">
            {text.used}: {ago(lastUsed)}
            <br />
            {text.expires}: {endOf(expires)}
          </span>
        </>
      ),
    },
    { title: text.principal, cell: ({ principal }) => principal },
    { title: text.rights, kind: 'rest', side: true, cell: ({ rights }) => <Cut>{rightsText(rights)}</Cut> },
    { title: text.created, side: true, cell: ({ created }) => moment(created) },
    { title: text.used, kind: 'number', side: true, cell: ({ lastUsed }) => ago(lastUsed) },
    { title: text.expires, side: true, cell: ({ expires }) => endOf(expires) },
    {
      title: text.revoke,
      kind: 'action',
      cell: ({ name }) => (
        <button type="button" class="button plain" onClick={() => revoke(name)}>
          {text.revoke}
        </button>
      ),
    },
  ]
  return (
    <Panel
      title={text.tokens}
      asked={asked}
      count={({ tokens }) => tokens.length}
      tools={
        asked.missing === undefined && (
          <>
            <Search label={text.search} value={search} />
            <button type="button" class="button" onClick={making(true)}>
              {text.add}
            </button>
          </>
        )
      }
    >
      {({ tokens }) => (
        <>
          <Table
            title={text.tokens}
            columns={columns}
            rows={tokens.filter(({ name, principal }) => `${name} ${principal}`.includes(search.value))}
            none={text.noTokens}
            rowKey={({ name, state, created }) => `${name} ${state} ${created}`}
          />
          {isMaking.value && (
            <NewToken
              principals={tokens.map(({ principal }) => principal)}
              onMade={asked.refresh}
              onClose={making(false)}
            />
          )}
        </>
      )}
    </Panel>
  )
}

function endOf(expires: number | undefined): string {
  return expires === undefined ? busStrings.never : moment(expires)
}
