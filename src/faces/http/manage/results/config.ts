import { z } from 'zod'
import { count, more, type ResultsOf, text, time } from './shape.js'

const commit = z
  .object({
    number: count,
    time,
    user: text.describe('A principal, or `system` for an edited file.'),
    session: text.optional(),
    label: text.optional(),
    comment: text.optional(),
    state: z.enum(['final', 'unconfirmed', 'reverted']),
    until: time.optional(),
    extends: count
      .optional()
      .describe('The commit that it extends: both are confirmed or reverted together.'),
    keys: z.array(text).describe('The keys that it changed, at most 100.'),
  })
  .meta({ id: 'ConfigCommit' })

export const effect = {
  applied: z.array(text).describe('Keys whose change has taken effect.'),
  restart: z.array(text).describe('Keys whose change requires a restart.'),
}

const committed = z.object({ commit, ...effect })

const problems = z.array(z.object({ line: count, column: count, key: text, message: text }))

const diff = z
  .object({
    changes: z.array(
      z.object({
        key: text,
        op: z.enum(['create', 'modify', 'delete']),
        old: z.unknown().optional(),
        new: z.unknown().optional(),
        effect: z.enum(['now', 'restart']).describe('At once, or at the next start of the hub.'),
      }),
    ),
    candidate: z
      .object({
        user: text,
        session: text.optional(),
        face: text.optional(),
        address: text.optional(),
        usid: count.optional().describe('Number of the session.'),
        program: text.optional(),
        since: time,
      })
      .optional()
      .describe('Who edits; absent if nobody does.'),
    unconfirmed: commit.optional(),
    problems: problems
      .optional()
      .describe('Why the candidate cannot be committed as it is; absent if it can.'),
  })
  .meta({ id: 'ConfigDiff' })

export const configResults: ResultsOf<'config'> = {
  'config.reload': z.object({ file: text.optional(), ...effect }),
  'config.get': z.object({
    values: z.array(z.object({ key: text, value: z.unknown(), set: z.boolean() })),
    text: text.optional(),
  }),
  'config.lock': diff,
  'config.edit': diff,
  'config.diff': diff,
  'config.validate': z.object({
    valid: z.boolean(),
    problems,
  }),
  'config.commit': committed,
  'config.confirm': z.object({ commit }),
  'config.abort': committed,
  'config.discard': z.object({ discarded: z.boolean() }),
  'config.rollback': committed,
  'config.history': z.object({ commits: z.array(commit), more }),
}
