import { z } from 'zod'
import { TocsinError } from '../../event/errors.js'
import { missing } from '../missing.js'

const MOST = 256

/** A parameter that may be there several times. */
export function repeated(description: string) {
  return z.union([z.string().transform((one) => [one]), z.array(z.string()).max(MOST)]).describe(description)
}

/** Throws TCN_HTTP_QUERY, naming the first parameter that is not as the schema says. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, given: object): z.infer<Schema> {
  const checked = schema.safeParse(given, { error: missing })
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw issue.code === 'unrecognized_keys'
    ? queryError(issue.keys[0], 'there is no such parameter')
    : queryError(issue.path.map(String).join('.'), issue.message)
}

export function queryError(name: string, what: string): TocsinError {
  const parameter = name.slice(0, 80)
  return new TocsinError('TCN_HTTP_QUERY', `${JSON.stringify(parameter)}: ${what}`, {
    details: { parameter },
  })
}
