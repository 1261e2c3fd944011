import type { GateOutcome } from '../../bus/api.js'
import type { SharedGates } from '../../bus/shared-gates.js'
import { encode } from '../../event/index.js'
import type { Cancel } from '../../event/runtime.js'
import type { GateAsk, GateOver, GateRow, GateTold } from './gate-message.js'
import type { GateNet } from './gate-net.js'

/** Questions of other hubs at a time. Those beyond it are left unanswered: the hub is named as late. */
const MAX_QUESTIONS = 20_000
/** Time after the deadline in which an answer is kept for a hub that may not have received it, ms. */
const KEPT_MS = 10_000
/** Answers in one message, bytes, unless one alone is longer. */
const MESSAGE_BYTES = 256 * 1024
/** More than the rest of a message needs, bytes. */
const HEAD_BYTES = 8192

interface Question {
  readonly ask: GateAsk
  cancels: Cancel[]
  /** The answers, when all are known. */
  told: GateTold[] | undefined
}

/** The questions of other hubs: asks the subscribers of this hub, and says what they have answered. */
export class GateAnswers {
  readonly #net: GateNet
  readonly #gates: Pick<SharedGates, 'epoch' | 'ask'>
  readonly #questions = new Map<string, Question>()

  constructor(net: GateNet, gates: Pick<SharedGates, 'epoch' | 'ask'>) {
    this.#net = net
    this.#gates = gates
  }

  /** Number of questions that are open, or whose answers are kept. */
  get size(): number {
    return this.#questions.size
  }

  take(ask: GateAsk): void {
    if (ask.epoch !== this.#gates.epoch) return
    const known = this.#questions.get(keyOf(ask))
    if (known === undefined) this.#begin(ask)
    else for (const told of known.told ?? []) this.#net.send(ask.hub, told)
  }

  over(over: GateOver): void {
    this.#drop(keyOf(over))
  }

  /** Nobody waits for the answers of a hub that is gone. */
  died({ id }: { id: string }): void {
    for (const [key, { ask }] of this.#questions) if (ask.hub === id) this.#drop(key)
  }

  close(): void {
    for (const key of [...this.#questions.keys()]) this.#drop(key)
  }

  #begin(ask: GateAsk): void {
    if (this.#questions.size >= MAX_QUESTIONS) return
    const key = keyOf(ask)
    const question: Question = { ask, cancels: [], told: undefined }
    this.#questions.set(key, question)
    const cancelTimer = this.#net.runtime.after(ask.deadline + KEPT_MS, () => this.#drop(key))
    const cancelAsking = this.#gates.ask({ ...ask, cause: ask.cause }, (outcome) => {
      question.told = toldOf(outcome, ask, this.#net)
      for (const told of question.told) this.#net.send(ask.hub, told)
    })
    question.cancels = [cancelTimer, cancelAsking]
  }

  #drop(key: string): void {
    const question = this.#questions.get(key)
    if (question === undefined) return
    this.#questions.delete(key)
    for (const cancel of question.cancels) cancel()
  }
}

function keyOf({ hub, number }: { hub: string; number: number }): string {
  return `${hub} ${number}`
}

/** The messages with the answers: at least one, as long as the servers take them. */
function toldOf(
  { answers, missing }: Pick<GateOutcome, 'answers' | 'missing'>,
  { number }: GateAsk,
  { self, maxPayload }: GateNet,
): GateTold[] {
  const largest = maxPayload - HEAD_BYTES
  const rows: GateRow[] = [
    ...answers.map(({ subscriber, answer }): GateRow => {
      const bytes = encode(answer)
      return [subscriber, bytes.length > largest ? 'too-large' : bytes]
    }),
    ...missing.map(({ subscriber, reason }): GateRow => [subscriber, reason]),
  ]
  const parts = inParts(rows, Math.min(MESSAGE_BYTES, largest))
  let at = 0
  return parts.map((part) => {
    const told: GateTold = { do: 'told', hub: self, number, at, of: rows.length, rows: part }
    at += part.length
    return told
  })
}

function inParts(rows: readonly GateRow[], bytes: number): GateRow[][] {
  const parts: GateRow[][] = [[]]
  let size = 0
  for (const row of rows) {
    const length = row[0].length * 3 + row[1].length + 16
    if (size > 0 && size + length > bytes) {
      parts.push([])
      size = 0
    }
    parts[parts.length - 1].push(row)
    size += length
  }
  return parts
}
