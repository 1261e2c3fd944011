import { expect, it } from 'vitest'
import { StreamNotes } from '../../../src/cli/hub/stream-notes.js'
import type { Io } from '../../../src/cli/io.js'
import type { GapStatus } from '../../../src/client/api.js'

function noteOf(gap: Partial<GapStatus>): string | undefined {
  const notes: string[] = []
  const io = { err: { isTTY: false }, note: (text: string) => notes.push(text) } as unknown as Io
  new StreamNotes(io, {}).note({
    status: 'gap',
    from: 11,
    to: 1_000_000,
    why: 'expired',
    reason: 'why it is so',
    cursor: 'k3f9-1000000',
    ...gap,
  } as GapStatus)
  return notes[0]
}

it('a gap is described with the missing events and the reason', () => {
  expect(noteOf({})).toBe(
    'gap: @11 to @1000000 are missing, why it is so (expired); reading continues after k3f9-1000000',
  )
})

it('numbers that the hub skips after a crash are not all reported as lost', () => {
  const note = noteOf({ why: 'lost-in-crash' })
  expect(note).toMatch(/^gap: up to 50 ms of events after @10 not acknowledged as durable may be missing, /)
})
