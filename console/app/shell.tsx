import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Bell } from '../components/icon.js'
import { lazily, noStyles } from '../components/lazily.js'
import { logOut, type Session } from '../hub/api.js'
import { connection } from '../hub/connection.js'
import { disconnect, renew } from '../hub/live.js'
import { pages } from '../pages/index.js'
import type { PageDefinition } from '../pages/page.js'
import { strings } from '../strings.js'
import { useKeys } from './keys.js'
import { addressOf, HOME, show, view } from './router.js'
import { setting } from './setting.js'
import { areKeysListed } from './single-keys.js'

const KeyList = lazily(() => import('./shell-dialogs.js').then(({ KeyList }) => KeyList))
const StillIn = lazily(() => import('./shell-dialogs.js').then(({ StillIn }) => StillIn))
const Headline = lazily(() => import('./headline.js').then(({ Headline }) => Headline), noStyles)

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
  const isShown = ({ name }: PageDefinition) => name === view.value.page
  const page = shown.find(isShown)
  const isWall = page?.hasWall === true && view.value.params.has('wall')
  return (
    <div class="shell" hidden={isHidden}>
      {isWall ? session.monitor && <Headline session={session} /> : <Top session={session} pages={shown} />}
      <main class="page" data-stale={connection.value === 'lost' ? '' : undefined}>
        {page === undefined ? (
          <p>{pages.some(isShown) ? strings.events.notPermitted : strings.noSuchPage}</p>
        ) : (
          <page.Page key={page.name} />
        )}
      </main>
      <KeyHelp />
    </div>
  )
}

function Top({ session, pages }: { session: Session; pages: readonly PageDefinition[] }) {
  const failure = useSignal('')
  useKeys(
    pages.map(({ name }, nth) => ({ key: String(nth + 1), label: 'pages' as const, run: () => show(name) })),
  )
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
      {/* The sentence comes later than the page below it. */}
      {session.monitor && (
        <div class="headline-room">
          <Headline session={session} />
        </div>
      )}
      <div class="end">
        <Connection />
        <span class="who">
          {session.principal}@{session.hub}
        </span>
        <button
          type="button"
          class="button plain help"
          aria-label={strings.keys}
          title={strings.keys}
          onClick={setting(areKeysListed, true)}
        >
          ?
        </button>
        <button type="button" class="button plain" onClick={leave}>
          {strings.login.out}
        </button>
      </div>
      {failure.value !== '' && (
        <StillIn title={strings.login.out} why={failure.value} onClose={setting(failure, '')} />
      )}
    </header>
  )
}

function Connection() {
  const state = connection.value
  return (
    <span
      class="connection"
      data-state={state}
      role={state === 'lost' ? 'alert' : undefined}
      title={strings.connection[state]}
    >
      {strings.connection[state]}
    </span>
  )
}

function KeyHelp() {
  const isOpen = areKeysListed.value
  useKeys([{ key: '?', label: 'help', run: setting(areKeysListed, !isOpen) }])
  return isOpen ? <KeyList onClose={setting(areKeysListed, false)} /> : null
}
