import type { z } from 'zod'
import { formatKey, type KeyPath } from '../event/json/key-path.js'
import { configJsonSchema, type JsonSchema, keysAt, pathsTo, wordsAt } from './json-schema.js'
import { nearest } from './nearest.js'
import type { ConfigProblem } from './problem.js'
import type { YamlFile } from './read-yaml.js'

type Issue = z.core.$ZodIssue

interface Finding {
  path: KeyPath
  at: 'key' | 'value'
  message: string
}

export type Checked<Config> = { config: Config } | { problems: ConfigProblem[] }

/** Checks the content of the file against the schema and fills in the defaults. */
export function checkConfig<Config>(file: YamlFile, schema: z.ZodType<Config>): Checked<Config> {
  // Zod compiles no code for the schema here: a schema that is used once takes longer to compile than to follow.
  const result = schema.safeParse(file.value ?? {}, { error: wording, reportInput: true, jitless: true })
  if (result.success) return { config: result.data }
  const jsonSchema = configJsonSchema(schema)
  const problems = result.error.issues
    .flatMap((issue) => findings(issue, [], jsonSchema))
    .map(({ path, at, message }) => ({ ...file.locate(path, at), key: formatKey(path), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
  return { problems }
}

function findings(issue: Issue, base: KeyPath, schema: JsonSchema): Finding[] {
  const path = [...base, ...(issue.path as (string | number)[])]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: 'key',
        message: unknownKey(key, keysAt(schema, path), schema),
      }))
    case 'invalid_key':
      return [{ path, at: 'key', message: issue.issues[0]?.message ?? issue.message }]
    case 'invalid_union': {
      const branch = meantBranch(issue.errors)
      return (
        branch?.flatMap((inner) => findings(inner, path, schema)) ?? [
          { path, at: 'value', message: issue.message + suggestion(issue.input, wordsAt(schema, path)) },
        ]
      )
    }
    case 'invalid_value':
      return [
        { path, at: 'value', message: issue.message + suggestion(issue.input, issue.values.map(String)) },
      ]
    case 'invalid_type': {
      const words = issue.expected === 'boolean' ? ['true', 'false'] : []
      return [{ path, at: 'value', message: issue.message + suggestion(issue.input, words) }]
    }
    default:
      return [{ path, at: 'value', message: issue.message }]
  }
}

/**
 * The alternative that was probably meant: the one with the fewest problems among those whose shape fits the
 * value.
 */
function meantBranch(branches: Issue[][]): Issue[] | undefined {
  const [best, second] = branches
    .filter((issues) => issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'))
    .map((issues) => ({ issues, complaints: complaintsIn(issues) }))
    .sort((a, b) => a.complaints - b.complaints)
  return best && best.complaints !== second?.complaints ? best.issues : undefined
}

function complaintsIn(issues: Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
}

function unknownKey(key: string, known: string[], schema: JsonSchema): string {
  const hint = suggestion(key, known)
  if (hint) return `unknown key${hint}`
  const [elsewhere, ...others] = pathsTo(schema, key)
  if (elsewhere !== undefined && others.length === 0) return `unknown key; did you mean ${elsewhere}?`
  return `unknown key${known.length > 0 ? `; known here: ${[...new Set(known)].join(', ')}` : ''}`
}

function suggestion(given: unknown, words: string[]): string {
  const word = typeof given === 'string' ? nearest(given, words) : undefined
  return word === undefined || word === given ? '' : `; did you mean ${JSON.stringify(word)}?`
}

/** Messages for problems that the schema has no message for. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${typeName(issue.expected)}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_small':
      return `must ${measure(issue.origin)} at least ${issue.minimum}`
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${issue.maximum}`
    default:
      return undefined
  }
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    object: 'a map',
    record: 'a map',
    array: 'a list',
  }
  return names[expected] ?? expected
}

function measure(origin: string): string {
  if (origin === 'string') return 'have, in characters,'
  return origin === 'array' || origin === 'set' ? 'have, in entries,' : 'be'
}
