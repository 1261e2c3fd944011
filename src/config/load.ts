import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { codeOf, messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { checkConfig } from './check.js'
import { type ConfigCandidate, configCandidates, type PathEnvironment } from './paths.js'
import type { ConfigProblem } from './problem.js'
import { readYaml, type YamlFile } from './read-yaml.js'
import { readTrusted } from './trusted-file.js'

const MAX_BYTES = 1024 * 1024
const MAX_SHOWN = 20

export interface LoadedConfig<Config> {
  /** The file that was read; undefined if none was found and everything has its default. */
  file: string | undefined
  config: Config
}

/** The text of a configuration and its file. */
export interface FoundConfig {
  /** Undefined if no file was found and everything has its default. */
  file: string | undefined
  text: string
  /** Says which usual places were passed over, since this user may not look there. */
  notes: readonly string[]
}

export interface LoadOptions {
  /** The file named by the user. */
  config?: string
  environment: PathEnvironment
  /** It will be in force: it must belong to root or this user. */
  trusted?: boolean
}

/**
 * Finds, reads and checks the configuration. Throws TCN_CONFIG_UNREADABLE, TCN_CONFIG_SYNTAX and
 * TCN_CONFIG_INVALID; the last two name each problem with line and key, in the message and in
 * `details.problems`.
 */
export function loadConfig<Config>(schema: z.ZodType<Config>, options: LoadOptions): LoadedConfig<Config> {
  const { file, text } = findConfig(options)
  return { file, config: parseConfig(schema, text, file ?? 'defaults') }
}

/** Reads the first file that exists. Throws TCN_CONFIG_UNREADABLE. */
export function findConfig({ config, environment, trusted = false }: LoadOptions): FoundConfig {
  const notes: string[] = []
  for (const candidate of configCandidates(config, environment)) {
    if (isHidden(candidate)) {
      notes.push(`${candidate.path} is passed over: this user may not look there`)
      continue
    }
    const text = readCandidate(candidate, trusted ? readTrusted : readFileSync)
    if (text !== undefined) return { file: candidate.path, text, notes }
  }
  return { file: undefined, text: '', notes }
}

/** True for a usual place in a folder of somebody else, such as that of root: whether a file is there is not known. */
function isHidden({ path, named }: ConfigCandidate): boolean {
  if (named) return false
  try {
    statSync(path)
    return false
  } catch (error) {
    return codeOf(error) === 'EACCES'
  }
}

/**
 * Reads and checks a text. Throws the errors of `loadConfig`; `file` is the name that they give the text.
 */
export function parseConfig<Config>(schema: z.ZodType<Config>, text: string, file: string): Config {
  const yaml = parseText(text, file)
  if (yaml.problems.length > 0) throw problemsError('TCN_CONFIG_SYNTAX', file, yaml.problems)
  const checked = checkConfig(yaml, schema)
  if ('problems' in checked) throw problemsError('TCN_CONFIG_INVALID', file, checked.problems)
  return checked.config
}

function parseText(text: string, file: string): YamlFile {
  try {
    return readYaml(text)
  } catch (error) {
    // The text has too many aliases or is nested too deeply.
    const reason = messageOf(error)
    throw new TocsinError('TCN_CONFIG_SYNTAX', `${file}: ${reason}`, { cause: error, details: { file } })
  }
}

function readCandidate({ path, named }: ConfigCandidate, read: (path: string) => Buffer): string | undefined {
  try {
    const { size } = statSync(path)
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, ${MAX_BYTES} are allowed`)
    return new TextDecoder('utf-8', { fatal: true }).decode(read(path))
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')
    if (absent && !named) return undefined
    const reason = messageOf(error)
    throw new TocsinError('TCN_CONFIG_UNREADABLE', `${path}: ${reason}`, {
      cause: error,
      details: { file: path },
    })
  }
}

function problemsError(
  code: 'TCN_CONFIG_SYNTAX' | 'TCN_CONFIG_INVALID',
  file: string,
  problems: ConfigProblem[],
): TocsinError {
  const lines = problems.slice(0, MAX_SHOWN).map((problem) => formatProblem(file, problem))
  if (problems.length > MAX_SHOWN) lines.push(`… and ${problems.length - MAX_SHOWN} more`)
  return new TocsinError(code, lines.join('\n'), { details: { file, problems } })
}

export function formatProblem(file: string, { line, column, key, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${key === '' ? '' : `${key}: `}${message}`
}
