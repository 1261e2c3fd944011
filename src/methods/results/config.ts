import { z } from 'zod'
import { count, more, text, time } from './shape.js'

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
  .meta({ id: 'CommitInfo' })

const effect = {
  applied: z.array(text).describe('Keys whose change has taken effect.'),
  restart: z.array(text).describe('Keys whose change requires a restart.'),
}

export const reloadReport = z
  .object({
    file: text.optional().describe('Absent: there is no file, and everything has its default.'),
    ...effect,
  })
  .meta({ id: 'ReloadReport' })

export const committed = z.object({ commit, ...effect }).meta({ id: 'ConfigCommitted' })

const problem = z
  .object({ line: count, column: count, key: text, message: text })
  .meta({ id: 'ConfigProblemInfo' })

export const validity = z.object({ valid: z.boolean(), problems: z.array(problem) })

const revision = text.describe(
  'Names what was read, for `ifRevision` of `config.edit`. It is another one after an edit, and after a start of the hub.',
)

export const configValues = z
  .object({
    values: z
      .array(
        z.object({
          key: text,
          value: z.unknown(),
          set: z.boolean().describe('True if the file says so; otherwise it is the default.'),
        }),
      )
      .describe('Secrets are masked.'),
    revision,
    text: text.optional(),
  })
  .meta({ id: 'ConfigValues' })

const configKey = z
  .object({
    key: text,
    description: text,
    value: text.describe('The values that it can have.'),
    words: z.array(text).describe('The values, if these are words.'),
    default: text.describe('The default value, as text; empty if there is none.'),
    examples: z.array(z.unknown()),
    required: z.boolean().describe('True if its map must have it.'),
    secret: z.boolean().describe('True if its value is never shown.'),
    destination: z
      .boolean()
      .describe(
        'True if it says where the secrets beside it are sent, which must be given again when it changes.',
      ),
    reach: z
      .enum(['administrators', 'owner', 'local'])
      .describe(
        'Who may change it from other machines; `local`: only the owner on this machine, or in the file.',
      ),
    within: z.enum(['administrators', 'owner', 'local']).describe('The widest reach of the keys in it.'),
    effect: z.enum(['now', 'restart']).describe('When a change takes effect.'),
  })
  .meta({ id: 'ConfigKey', description: 'A key as the schema describes it.' })

export const describedKeys = z.object({
  keys: z.array(configKey).describe('The key itself first.'),
  revision,
})

const change = z
  .object({
    key: text.describe(
      'Entries of lists have the numbers of the candidate; those that are gone have their own.',
    ),
    op: z.enum(['create', 'modify', 'delete']),
    entry: text
      .optional()
      .describe('The name of the list entry that the key is in. Absent if it has none, or gets another one.'),
    order: z
      .literal(true)
      .optional()
      .describe(
        'The list has the entries that it keeps in another order: `old` and `new` are their names, or the numbers that they had.',
      ),
    old: z.unknown().optional(),
    new: z.unknown().optional(),
    effect: z.enum(['now', 'restart']).describe('At once, or at the next start of the hub.'),
  })
  .meta({ id: 'ConfigChange', description: 'Secrets are masked.' })

export const configDiff = z
  .object({
    changes: z.array(change),
    revision,
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
      .describe('The principal that edits, and its session; absent without a candidate.'),
    unconfirmed: commit.optional().describe('The commit that waits for its confirmation.'),
    problems: z
      .array(problem)
      .optional()
      .describe('Why the candidate cannot be committed as it is; absent if it can. At most 100.'),
  })
  .meta({ id: 'ConfigDiff' })

export const history = z.object({ commits: z.array(commit), more })
export const confirmed = z.object({ commit })
export const discarded = z.object({ discarded: z.boolean() })
