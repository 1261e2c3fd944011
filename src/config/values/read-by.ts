import type { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'

/** For `superRefine`: a value is valid if `read` does not throw a TocsinError, whose message is shown. */
export function readBy<Value>(read: (value: Value) => unknown) {
  return (value: Value, context: z.RefinementCtx): void => {
    const message = refusalOf(() => read(value))
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }
}

/** The message of the TocsinError that `read` throws; undefined if it throws none. */
export function refusalOf(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    return error.message
  }
}
