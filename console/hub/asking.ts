import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { session } from './api.js'

/** What the hub has answered last, and why there is no newer answer. */
export interface Answer<Value> {
  readonly value: Signal<Value | undefined>
  readonly failure: Signal<Error | undefined>
}

/**
 * Asks the hub again when `key` changes, and `every` ms if it is given. An answer stays until the next one is there, so
 * that what people read does not flicker.
 */
export function useAnswer<Value>(
  key: string,
  ask: (signal: AbortSignal) => Promise<Value>,
  every?: number,
): Answer<Value> {
  const value = useSignal<Value | undefined>(undefined)
  const failure = useSignal<Error | undefined>(undefined)
  useEffect(() => {
    const abort = new AbortController()
    let timer = 0
    const run = async () => {
      try {
        if (!document.hidden && session.peek() !== 'ended') value.value = await ask(abort.signal)
        failure.value = undefined
      } catch (error) {
        if (abort.signal.aborted) return
        failure.value = error as Error
      }
      if (every !== undefined && !abort.signal.aborted) timer = window.setTimeout(run, every)
    }
    void run()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [key, every])
  return { value, failure }
}
