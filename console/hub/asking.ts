import { type ReadonlySignal, type Signal, useComputed, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ApiError, session } from './api.js'
import { connection, returns } from './connection.js'
import { renewals } from './live.js'

/** The hub may work on the answers to a question for one part in this number of the time. All counts are one question. */
const SHARE = 10
/** For all questions of the page together, it may be one part in this number of the time. */
const SHARE_OF_PAGE = 4
const LONGEST_PAUSE_MS = 30_000
/** For what could not be asked at first. */
const LATER_MS = 1000
/** After a failure of what is asked once. */
const AGAIN_MS = 5000

/** The number of questions that are asked again and again. */
let repeated = 0

/** The last answer of the hub, and the reason why there is no newer one. */
export interface Answer<Value> {
  readonly value: Signal<Value | undefined>
  readonly failure: Signal<Error | undefined>
  /** True while the answer is that to another question, there is no newer one, or the connection is lost. */
  readonly isStale: ReadonlySignal<boolean>
}

/**
 * Asks the hub again when `key` changes, and `every` ms if it is given; less often while answers take long. An answer
 * stays until the next one has come, so that what people read does not flicker, and is still valid when only `version`
 * changes. Only of the first one, `ask` may show what is known of it so far.
 */
export function useAnswer<Value>(
  key: string,
  ask: (signal: AbortSignal, soFar: (value: Value) => void) => Promise<Value>,
  every?: number,
  version = 0,
): Answer<Value> {
  const value = useSignal<Value | undefined>(undefined)
  const failure = useSignal<Error | undefined>(undefined)
  const isOld = useSignal(false)
  const isStale = useComputed(() => isOld.value || (connection.value === 'lost' && value.value !== undefined))
  const answered = useRef(key)
  useEffect(() => {
    const abort = new AbortController()
    let timer = 0
    let isFirst = true
    if (every !== undefined) repeated++
    isOld.value = answered.current !== key && value.peek() !== undefined
    const take = (found: Value) => {
      answered.current = key
      isOld.value = false
      value.value = found
    }
    const soFar = (found: Value) => {
      if (isFirst && !abort.signal.aborted) take(found)
    }
    const run = async () => {
      const asked = performance.now()
      let pause = every
      try {
        if (document.hidden || session.peek() === 'ended') pause ??= LATER_MS
        else {
          const found = await ask(abort.signal, soFar)
          if (abort.signal.aborted) return
          take(found)
          isFirst = false
          failure.value = undefined
          pause = pauseAfter(performance.now() - asked, every)
        }
      } catch (error) {
        if (abort.signal.aborted) return
        failure.value = error as Error
        isOld.value = true
        // The same question would be refused again.
        const isRefused = error instanceof ApiError && error.status < 500
        if (!isRefused) pause ??= AGAIN_MS
      }
      if (pause !== undefined && !abort.signal.aborted) timer = window.setTimeout(run, pause)
    }
    void run()
    return () => {
      abort.abort()
      clearTimeout(timer)
      if (every !== undefined) repeated--
    }
  }, [key, every, version, renewals.value, returns.value])
  return { value, failure, isStale }
}

/**
 * Does work that asks the hub again and again, `every` ms, less often while it takes long, and not after the session
 * has ended. Work that failed is done the next time. Returns a function that ends it.
 */
export function repeatedly(every: number, work: (signal: AbortSignal) => Promise<void>): () => void {
  const abort = new AbortController()
  let timer = 0
  const run = async () => {
    const began = performance.now()
    if (session.peek() !== 'ended') await work(abort.signal).catch(() => {})
    if (!abort.signal.aborted) timer = window.setTimeout(run, pauseAfter(performance.now() - began, every))
  }
  repeated++
  timer = window.setTimeout(run, every)
  return () => {
    abort.abort()
    clearTimeout(timer)
    repeated--
  }
}

function pauseAfter(took: number, every: number | undefined): number | undefined {
  const times = Math.max(SHARE, SHARE_OF_PAGE * repeated) - 1
  return every && Math.max(every, Math.min(took * times, LONGEST_PAUSE_MS))
}
