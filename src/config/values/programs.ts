import { z } from 'zod'

const MAX_PROGRAMS = 1000
const programRule = 'must be the absolute path of a program, or its name without /'

/** A program by its absolute path, or by the name under which it is found in `jobs.path`. */
function programName() {
  return z
    .string({ error: programRule })
    .regex(/^(\/[^\p{Cc}]{1,4095}|[^/\p{Cc}]{1,255})$/u, { error: programRule })
    .refine((name) => name !== '*', { error: "stands alone for all programs: write '*', not a list" })
}

/** Programs by name or path, or all of them. None by default. */
export function programList(description: string) {
  return z
    .union([z.literal('*'), z.array(programName()).max(MAX_PROGRAMS)], {
      error: "must be '*' or a list of programs",
    })
    .default([])
    .meta({ kind: 'programs', description })
}
