import { signal } from '@preact/signals'
import { render } from 'preact'
import { followLinks } from './app/router.js'
import { Shell } from './app/shell.js'
import { lazily } from './components/lazily.js'
import { findSession, logIn, type Session, session } from './hub/api.js'
import { strings } from './strings.js'

const problem = signal('')

const Login = lazily(() => import('./pages/login/login.js').then(({ Login }) => Login))

/** Whose pages are shown, or wait behind the login until they are back. */
let latest: Session | undefined

function App() {
  const who = session.value
  if (who === 'unknown') return null
  if (who === 'none') latest = undefined
  else if (who !== 'ended') latest = who
  const isOut = who === 'none' || who === 'ended'
  return (
    <>
      {isOut && <Login problem={problem.value} hasEnded={who === 'ended'} />}
      {latest !== undefined && (
        // Somebody else, or another log, gets pages of their own.
        <Shell key={`${latest.principal} ${latest.epoch}`} session={latest} isHidden={isOut} />
      )}
    </>
  )
}

/**
 * Logs in with the ticket that is the fragment of the address, and takes it out of there and of the history. After `!` is
 * why a login elsewhere did not work.
 */
async function start(): Promise<void> {
  const link = location.hash.slice(1)
  if (link !== '') {
    history.replaceState(null, '', location.pathname + location.search)
    if (link[0] === '!') problem.value = link
    else
      await logIn({ link }).catch(() => {
        problem.value = strings.login.linkUsed
      })
  }
  if (session.value === 'unknown') await findSession()
}

document.addEventListener('click', followLinks)
render(<App />, document.body)
void start()
