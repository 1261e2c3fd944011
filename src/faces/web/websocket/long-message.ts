import type { LongText } from '../../../incremental/long-text.js'
import { MessageParts } from './frame.js'

/** The text of a long event as one message in parts, with something before and after it. */
export function longMessage(
  opening: string,
  text: LongText,
  closing: string,
): Generator<readonly Uint8Array[], void> {
  return messageInSteps(surrounded(opening, text, closing))
}

/** One message in parts. */
export function* messageInSteps(
  steps: Iterable<readonly Uint8Array[]>,
): Generator<readonly Uint8Array[], void> {
  const message = new MessageParts()
  for (const pieces of steps)
    yield pieces.flatMap((piece) => (piece.length === 0 ? [] : message.frame(piece)))
  yield message.frame(NOTHING, true)
}

function* surrounded(
  opening: string,
  text: LongText,
  closing: string,
): Generator<readonly Uint8Array[], void> {
  yield [Buffer.from(opening)]
  for (const piece of text.read()) yield [piece]
  yield [Buffer.from(closing)]
}

const NOTHING = new Uint8Array(0)
