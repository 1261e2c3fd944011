import { z } from 'zod'

const MOST = 256

/** A parameter that may be there several times. */
export function repeated(description: string) {
  return z.union([z.string().transform((one) => [one]), z.array(z.string()).max(MOST)]).describe(description)
}
