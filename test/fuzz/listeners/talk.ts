import { pick, type Random } from '../mutations.js'
import type { Piece } from './piece.js'

/** What a peer says on one connection, or sends as datagrams. */
export type Conversation = readonly Piece[]
/** Makes one; most pick it from a fixed list. */
export type Talk = (random: Random) => Conversation

export const oneOf =
  (...conversations: Conversation[]): Talk =>
  (random) =>
    pick(conversations, random)

/** Bytes of a conversation: most pieces as they are, some changed; a piece is missing, repeated or moved now and then. */
export function vary(
  conversation: Conversation,
  random: Random,
): { messages: Uint8Array[]; changed: number } {
  const pieces = [...conversation]
  if (random(8) === 0) pieces.splice(random(pieces.length), 1)
  if (random(8) === 0 && pieces.length > 0) pieces.push(pick(pieces, random))
  if (random(8) === 0) pieces.reverse()
  let changed = 0
  const messages = pieces.map((piece) => {
    if (random(2) === 0) return piece.bytes
    changed++
    return piece.changed(random)
  })
  return { messages, changed }
}
