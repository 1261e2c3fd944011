import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Tail } from '../tail.js'
import { type Line, type Loaded, Speech } from './speech.js'

/** The text of the list for a screen reader. Each line is an element of its own: only new ones are read. */
export function Spoken({ tail, loaded }: { tail: Tail; loaded: Loaded }) {
  const lines = useSignal<readonly Line[]>([])
  useEffect(() => {
    const speech = new Speech(tail, loaded, lines)
    return () => speech.close()
  }, [tail, loaded.types])
  return (
    <>
      {lines.value.map(({ number, text }) => (
        <p key={number}>{text}</p>
      ))}
    </>
  )
}
