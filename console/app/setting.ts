import type { Signal } from '@preact/signals'

/** A handler that gives a signal this value. */
export function setting<Value>(signal: Signal<Value>, value: Value): () => void {
  return () => {
    signal.value = value
  }
}
