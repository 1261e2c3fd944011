import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { KeyPath } from '../../event/json/key-path.js'
import { type DescribedKey, type DescriptionOptions, describedKeys } from '../described-keys.js'
import { type EffectiveValue, effectiveValues } from '../effective.js'
import type { JsonSchema } from '../json-schema.js'
import { readYaml } from '../read-yaml.js'
import { type Change, changesBetween } from './changes.js'
import { applyEdits, type Edit } from './edits.js'
import { withKeptSecrets } from './kept-secrets.js'
import { type KeyedChange, keyedChangesBetween } from './keyed-changes.js'
import { checkContents, type Editor } from './reach.js'

export type { Editor } from './reach.js'

const MAX_TEXT_BYTES = 1024 * 1024

/** Edits of a text, or the text that takes its place. */
export type TextEdit = readonly Edit[] | string

/** Everything that reads the text of a configuration, which takes longer the longer the text is. */
export interface TextWork<Config> {
  /** Checks a text; `name` is what errors call it. Throws TCN_CONFIG_*. */
  check(text: string, name?: string): Config
  /** Returns the differences. Throws TCN_CONFIG_LOCAL or TCN_CONFIG_OWNER if the editor may not make one of them. */
  changes(before: string, after: string, by?: Editor): Change[]
  /** Returns the differences as programs that read transactions know them. */
  keyedChanges(before: string, after: string): KeyedChange[]
  /**
   * Returns the candidate after an edit, which only changes what the editor may change of the text in force. Masks in it
   * stand for the secrets that the candidate has.
   */
  edited(running: string, candidate: string, edit: TextEdit, by: Editor): string
  /** Returns every value in force, with secrets masked. */
  values(text: string): EffectiveValue[]
  /** Describes a key, and those below it. The text decides who may change them from elsewhere. */
  described(text: string, path: KeyPath, options: DescriptionOptions): DescribedKey[]
}

/** The same, done elsewhere or later. */
export type Later<Work> = {
  readonly [Name in keyof Work]: Work[Name] extends (...given: infer Given) => infer Result
    ? (...given: Given) => Promise<Result>
    : never
}

/** `schema` is made when it is first needed. */
export function textWork<Config>(
  schema: () => JsonSchema,
  check: (text: string, name?: string) => Config,
): TextWork<Config> {
  const changes = (before: string, after: string, by?: Editor) => {
    const contents = [contentOf(before), contentOf(after)] as const
    if (by !== undefined) checkContents(by, schema(), ...contents)
    return changesBetween(schema(), ...contents)
  }
  const complete = (candidate: string, edits: readonly Edit[], { local, owner }: Editor) =>
    withKeptSecrets(schema(), contentOf(candidate), edits, local && owner)
  return {
    check,
    changes,
    keyedChanges: (before, after) => keyedChangesBetween(schema(), contentOf(before), contentOf(after)),
    edited(running, candidate, edit, by) {
      const text = typeof edit === 'string' ? edit : applyEdits(candidate, complete(candidate, edit, by))
      checkSize(text)
      changes(running, text, by)
      return text
    },
    values: (text) => effectiveValues(schema(), readYaml(text)),
    described: (text, path, options) => describedKeys(schema(), path, options, contentOf(text)),
  }
}

/** Does all of it at once, for short texts. */
export function atOnce<Config>(work: TextWork<Config>): Later<TextWork<Config>> {
  return {
    check: async (...given) => work.check(...given),
    changes: async (...given) => work.changes(...given),
    keyedChanges: async (...given) => work.keyedChanges(...given),
    edited: async (...given) => work.edited(...given),
    values: async (...given) => work.values(...given),
    described: async (...given) => work.described(...given),
  }
}

function checkSize(text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_TEXT_BYTES) return
  throw new TocsinError(
    'TCN_CONFIG_EDIT',
    `the file would have ${bytes} bytes, ${MAX_TEXT_BYTES} are allowed`,
  )
}

/** Returns the content of a text, without defaults. Throws TCN_CONFIG_SYNTAX. */
function contentOf(text: string): unknown {
  const { value, problems } = read(text)
  const [problem] = problems
  if (problem !== undefined)
    throw new TocsinError(
      'TCN_CONFIG_SYNTAX',
      `line ${problem.line}, column ${problem.column}: ${problem.message}`,
    )
  return value ?? {}
}

/** A text with too many aliases, or nested too deeply, has no problems with places. */
function read(text: string): ReturnType<typeof readYaml> {
  try {
    return readYaml(text)
  } catch (thrown) {
    throw new TocsinError('TCN_CONFIG_SYNTAX', messageOf(thrown), { cause: thrown })
  }
}
