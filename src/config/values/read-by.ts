import type { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'

/** For `superRefine`: a value is valid if `read` does not throw a TocsinError, whose message is shown. */
export function readBy<Value>(read: (value: Value) => unknown) {
  return (value: Value, context: z.RefinementCtx): void => {
    try {
      read(value)
    } catch (error) {
      if (!TocsinError.is(error)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  }
}
