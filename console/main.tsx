import { signal } from '@preact/signals'
import { render } from 'preact'
import { followLinks } from './app/router.js'
import { Shell } from './app/shell.js'
import { findSession, logIn, session } from './hub/api.js'
import { Login } from './pages/login/login.js'
import { strings } from './strings.js'

const problem = signal('')

function App() {
  const who = session.value
  if (who === 'unknown') return null
  return who === 'none' ? <Login problem={problem.value} /> : <Shell session={who} />
}

/** Logs in with the ticket that is the fragment of the address, and takes it out of there and of the history. */
async function start(): Promise<void> {
  const link = location.hash.slice(1)
  if (link !== '') {
    history.replaceState(null, '', location.pathname + location.search)
    await logIn({ link }).catch(() => {
      problem.value = strings.login.linkUsed
    })
  }
  if (session.value === 'unknown') await findSession()
}

document.addEventListener('click', followLinks)
render(<App />, document.body)
void start()
