import { z } from 'zod'
import { decode, encode } from '../../event/index.js'

/** A message between hubs about an event that waits at a gate: msgpack maps, each to one hub. */
export type GateMessage = GateAsk | GateTold | GateOver

const id = z.string().min(1).max(255)
const text = z.string().max(4096)
const count = z.int().min(0)
const MAX_ROWS = 100_000

/** Asks for the answers of the subscribers of a hub. Repeated until they are there. */
const ask = z.object({
  do: z.literal('ask'),
  /** The hub that asks. */
  hub: id,
  /** Its number of the question. */
  number: count,
  epoch: id,
  name: text,
  seq: count,
  deadline: count.max(3_600_000),
  labels: z.boolean(),
  cause: z.object({ principal: text, program: text }).optional(),
})
export type GateAsk = z.output<typeof ask>

/** The answer as msgpack, or why there is none. */
const row = z.tuple([text, z.union([z.instanceof(Uint8Array), z.enum(['timeout', 'left', 'too-large'])])])
export type GateRow = z.output<typeof row>

/** Some of the answers: those from `at` on, of `of` in all. */
const told = z.object({
  do: z.literal('told'),
  hub: id,
  number: count,
  at: count,
  of: count.max(MAX_ROWS),
  rows: z.array(row).max(MAX_ROWS),
})
export type GateTold = z.output<typeof told>

/** Nobody waits for the answers any more. */
const over = z.object({ do: z.literal('over'), hub: id, number: count })
export type GateOver = z.output<typeof over>

const message = z.discriminatedUnion('do', [ask, told, over])

export function encodeGateMessage(sent: GateMessage): Uint8Array {
  return encode(sent)
}

/** Undefined for a message that no hub has sent. */
export function decodeGateMessage(payload: Uint8Array): GateMessage | undefined {
  try {
    return message.safeParse(decode(payload)).data
  } catch {
    return undefined
  }
}
