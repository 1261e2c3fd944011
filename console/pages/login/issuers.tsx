import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, request } from '../../hub/api.js'
import { issuerStrings as text } from '../../strings/login.js'
import { strings } from '../../strings.js'

const PATH = '/v1/session/oidc'
/** The hub takes no longer one. */
const MAX_PATH = 2048

/** Where people can log in with an account that they have elsewhere. */
export interface Issuer {
  readonly issuer: string
  readonly name: string
}

/** The issuers of this hub; undefined while it has not answered. */
export function useIssuers(): readonly Issuer[] | undefined {
  const issuers = useSignal<readonly Issuer[] | undefined>(undefined)
  useEffect(() => {
    const none = { issuers: [] }
    void request<{ issuers: Issuer[] }>('GET', PATH, {})
      .catch(() => none)
      .then((found) => {
        issuers.value = found.issuers
      })
  }, [])
  return issuers.value
}

interface IssuersProps {
  issuers: readonly Issuer[]
  failure: Signal<string>
}

/** A button for each issuer. */
export function Issuers({ issuers, failure }: IssuersProps) {
  const chosen = useSignal<string | undefined>(undefined)
  // Who comes back with the button of the browser finds the page as it was left.
  useEffect(() => {
    const stay = () => {
      chosen.value = undefined
    }
    addEventListener('pageshow', stay)
    return () => removeEventListener('pageshow', stay)
  }, [])
  const leave = async (issuer: string) => {
    chosen.value = issuer
    failure.value = ''
    try {
      const here = location.pathname + location.search
      const body = { issuer, path: here.length > MAX_PATH ? '/' : here }
      location.assign((await request<{ location: string }>('POST', PATH, { body })).location)
    } catch (error) {
      chosen.value = undefined
      failure.value =
        error instanceof ApiError ? wordsOf(error.code, error.message) : strings.failed(String(error))
    }
  }
  return (
    <>
      {issuers.map(({ issuer, name }) => (
        <button
          key={issuer}
          type="button"
          class="button primary"
          disabled={chosen.value !== undefined}
          onClick={() => leave(issuer)}
        >
          {chosen.value === issuer ? text.leaving(name) : text.logInWith(name)}
        </button>
      ))}
      <p class="or">{text.or}</p>
    </>
  )
}

/** Explains an error of a login. */
export function wordsOf(code: string, otherwise = text.refused): string {
  return Object.hasOwn(text.refusals, code) ? text.refusals[code] : otherwise
}
