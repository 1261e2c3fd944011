import { z } from 'zod'
import { knownCode } from '../errors/known-code.js'
import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'

const MAX_CODE = 64
const MAX_MESSAGE = 4096

const failure = z.object({
  error: z.object({ code: z.string().max(MAX_CODE), message: z.string().max(MAX_MESSAGE) }),
})

/** The answer of a hub to another one, as JSON: the result, or the reason why there is none. */
export type Outcome = { result: unknown } | z.output<typeof failure>

/** Never rejects. */
export async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await work }
  } catch (thrown) {
    const { code, message } = toTocsinError(thrown, 'TCN_INTERNAL')
    return { error: { code, message: message.slice(0, MAX_MESSAGE) } }
  }
}

/** The result of an answer, as the schema has it; undefined for what no hub has sent. Throws the error of the other hub. */
export function resultOf<Result>(answer: unknown, schema: z.ZodType<Result>): Result | undefined {
  const failed = failure.safeParse(answer).data
  if (failed !== undefined) throw new TocsinError(knownCode(failed.error.code), failed.error.message)
  return z.object({ result: schema }).safeParse(answer).data?.result
}

export function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** Undefined if it is not JSON. */
export function fromJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString())
  } catch {
    return undefined
  }
}
