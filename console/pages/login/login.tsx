import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../src/errors/thrown.js'
import { setting } from '../../app/setting.js'
import { Bell } from '../../components/icon.js'
import { Quoted } from '../../components/quoted.js'
import { logIn } from '../../hub/api.js'
import { loginStrings as text } from '../../strings/login.js'
import { Issuers, useIssuers, wordsOf } from './issuers.js'

interface LoginProps {
  /** Why a link did not work, or `!` and the code of an error of an issuer. */
  problem: string
  /** There was a login, whose pages wait. */
  hasEnded: boolean
}

/** Asks for a token, or a name and a password, and offers a login elsewhere. */
export function Login({ problem, hasEnded }: LoginProps) {
  const way = useSignal<'token' | 'password'>('token')
  const failure = useSignal(problem.startsWith('!') ? wordsOf(problem.slice(1)) : problem)
  const issuers = useIssuers()
  const busy = useSignal(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('input')?.focus(), [issuers])
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (busy.value) return
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const field = (name: string) => String(fields.get(name) ?? '').trim()
    busy.value = true
    failure.value = ''
    try {
      if (way.value === 'token') await logIn({ token: field('token') })
      else await logIn({ user: field('user'), password: String(fields.get('password')) })
    } catch (error) {
      failure.value = messageOf(error)
      form.current?.querySelector<HTMLInputElement>('[type=password]')?.select()
    }
    busy.value = false
  }
  // Without the answer, the buttons would appear below the pointer.
  if (issuers === undefined) return null
  const hasIssuers = issuers.length > 0
  return (
    <main class="login">
      <form ref={form} onSubmit={submit}>
        <h1>
          <Bell />
          {text.title}
        </h1>
        {hasEnded && <p role="alert">{text.ended}</p>}
        {hasIssuers && <Issuers issuers={issuers} failure={failure} />}
        <div class="ways">
          {(['token', 'password'] as const).map((each) => (
            <button
              key={each}
              type="button"
              class="button"
              aria-pressed={way.value === each}
              onClick={setting(way, each)}
            >
              {each === 'token' ? text.byToken : text.byPassword}
            </button>
          ))}
        </div>
        {way.value === 'token' ? (
          <label>
            {text.token}
            <input class="field mono" name="token" type="password" autocomplete="current-password" required />
          </label>
        ) : (
          <>
            <label>
              {text.name}
              <input class="field" name="user" autocomplete="username" required />
            </label>
            <label>
              {text.password}
              <input class="field" name="password" type="password" autocomplete="current-password" required />
            </label>
          </>
        )}
        <button type="submit" class={hasIssuers ? 'button' : 'button primary'} aria-disabled={busy.value}>
          {busy.value ? text.busy : text.submit}
        </button>
        <p class="problem" role="status">
          {failure.value}
        </p>
        <p>
          <Quoted text={way.value === 'token' ? text.howToToken : text.howToPassword} />
        </p>
      </form>
    </main>
  )
}
