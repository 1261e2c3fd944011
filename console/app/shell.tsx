import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Dialog } from '../components/dialog.js'
import { Bell } from '../components/icon.js'
import { logOut, type Session } from '../hub/api.js'
import { connection, disconnect, renew } from '../hub/live.js'
import { pages } from '../pages/index.js'
import type { PageDefinition } from '../pages/page.js'
import { strings } from '../strings.js'
import { boundKeys, useKeys } from './keys.js'
import { addressOf, HOME, view } from './router.js'
import { setting } from './setting.js'

interface ShellProps {
  session: Session
  /** Keeps what is shown until the reader has logged in again. */
  isHidden: boolean
}

/** The bar at the top, and the page below it. */
export function Shell({ session, isHidden }: ShellProps) {
  const shown = pages.filter(({ right }) => right === undefined || session[right])
  // Who logs in next needs a connection of their own.
  useEffect(() => () => void disconnect(), [])
  const wasHidden = useRef(false)
  useEffect(() => {
    if (wasHidden.current && !isHidden) void renew()
    wasHidden.current = isHidden
  }, [isHidden])
  const page = shown.find(({ name }) => name === view.value.page)
  const isWall = page?.hasWall === true && view.value.params.has('wall')
  return (
    <div class="shell" hidden={isHidden}>
      {!isWall && <Top session={session} pages={shown} />}
      <main class="page">
        {page === undefined ? <p>{strings.noSuchPage}</p> : <page.Page key={page.name} />}
      </main>
      <KeyHelp />
    </div>
  )
}

function Top({ session, pages }: { session: Session; pages: readonly PageDefinition[] }) {
  const failure = useSignal('')
  const leave = async () => {
    // A connection that is still being opened holds nobody up.
    void disconnect()
    await logOut().catch((error: Error) => {
      failure.value = error.message
      void renew()
    })
  }
  return (
    <header class="top">
      <a class="brand" aria-label={strings.product} href={addressOf(HOME)}>
        <Bell />
        <span>{strings.product}</span>
      </a>
      <nav class="tabs" aria-label={strings.product}>
        {pages.map(({ name, title }) => (
          <a key={name} href={addressOf(name)} aria-current={name === view.value.page ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <div class="end">
        <Connection />
        <span class="who">
          {session.principal}@{session.hub}
        </span>
        <button type="button" class="button plain" onClick={leave}>
          {strings.login.out}
        </button>
      </div>
      {failure.value !== '' && (
        <Dialog title={strings.login.out} onClose={setting(failure, '')}>
          <p class="words" role="alert">
            {strings.login.stillIn(failure.value)}
          </p>
        </Dialog>
      )}
    </header>
  )
}

function Connection() {
  const state = connection.value
  return (
    <span class="connection" data-state={state} role={state === 'lost' ? 'alert' : undefined}>
      {strings.connection[state]}
    </span>
  )
}

/** As it is printed on keyboards. */
function nameOfKey(key: string): string {
  const { names } = strings.keys
  return key in names ? names[key as keyof typeof names] : key
}

function KeyHelp() {
  const open = useSignal(false)
  useKeys([{ key: '?', label: strings.keys.help, run: setting(open, !open.value) }])
  if (!open.value) return null
  const bound = boundKeys()
  const labels = [...new Set(bound.map(({ label }) => label))]
  return (
    <Dialog title={strings.keys.title} onClose={setting(open, false)}>
      <dl class="keys">
        {labels.map((each) => (
          <div key={each}>
            <dt>{bound.map(({ key, label }) => label === each && <kbd key={key}>{nameOfKey(key)}</kbd>)}</dt>
            <dd>{each}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
