import { z } from 'zod'

const USUAL_TIMEOUT_MS = 10_000

/** Parameters of methods that can be asked of edge hubs. */
export const edgeParams = {
  edges: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'Asks these edge hubs instead of this hub: names and globs with commas between them (`web*,!web7`), a label (`site=fra`), edge hubs of an edge hub (`mid/*`), or `@here` for this hub as well. Needs the right `ask`.',
    ),
  timeout: z
    .int()
    .min(100)
    .max(60_000)
    .optional()
    .describe(`With \`edges\`: time for each of them to answer, ms. Default: ${USUAL_TIMEOUT_MS}.`),
}

export interface EdgeParams {
  edges?: string | undefined
  timeout?: number | undefined
}

/** The question to edge hubs that parameters ask for; undefined if it is one to this hub. */
export function edgesIn({ edges, timeout = USUAL_TIMEOUT_MS }: EdgeParams) {
  return edges === undefined ? undefined : { edges, timeout }
}
