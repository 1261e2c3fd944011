import { effectiveValues } from '../../../config/effective.js'
import { pathEnvironment } from '../../../config/home.js'
import { findConfig, formatProblem, parseConfig } from '../../../config/load.js'
import { dataFolder, type PathEnvironment } from '../../../config/paths.js'
import type { ConfigProblem } from '../../../config/problem.js'
import { readYaml } from '../../../config/read-yaml.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type HubConfig, hubConfig, hubSchema } from '../../../hub/config/index.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { adviceOn } from './advice.js'

export interface ConfigOptions {
  config?: string
  format?: string
  json?: boolean
}

export interface ShowOptions extends ConfigOptions {
  changed?: boolean
  defaults?: boolean
}

export interface ConfigReport {
  /** Undefined if there is no file and everything is default. */
  file?: string
  valid: boolean
  problems: ConfigProblem[]
  /** Settings that are valid, but probably a mistake. */
  warnings: string[]
}

interface ShownValue {
  key: string
  value: unknown
  /** `default`, or the place where the value is set. */
  from: string
  default?: unknown
}

export async function checkFile(io: Io, named: string | undefined, options: ConfigOptions): Promise<void> {
  const { config: _, ...found } = readConfig(named, pathEnvironment(io.env))
  const { file = 'defaults', valid, problems, warnings } = found
  await report(io, options.format, [found], () =>
    valid
      ? [
          found.file === undefined
            ? 'no file: everything is default'
            : `${file}: ${warnings.length === 0 ? 'nothing is wrong' : 'valid'}`,
          ...warnings.map((text) => `warning: ${text}`),
        ]
      : problems.map((problem) => formatProblem(file, problem)),
  )
  if (!valid) throw new Ending(Exit.usage, `${plural(problems.length, 'problem')} in ${file}`)
}

/** Throws TCN_CONFIG_UNREADABLE only; all other problems are in the report. */
export function readConfig(
  named: string | undefined,
  environment: PathEnvironment,
): ConfigReport & { config?: HubConfig } {
  const { file, text, notes } = findConfig({ config: named, environment })
  try {
    const config = parseConfig(hubConfig, text, file ?? 'defaults')
    return { file, valid: true, problems: [], warnings: [...notes, ...adviceOn(config)], config }
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    return { file, valid: false, problems: problemsOf(error), warnings: [...notes] }
  }
}

function problemsOf({ details, message }: TocsinError): ConfigProblem[] {
  const { problems } = (details ?? {}) as { problems?: ConfigProblem[] }
  return problems ?? [{ line: 1, column: 1, key: '', message }]
}

export async function showValues(io: Io, options: ShowOptions): Promise<void> {
  const environment = pathEnvironment(io.env)
  const { file, text, notes } = options.defaults
    ? { file: undefined, text: '', notes: [] }
    : findConfig({ config: options.config, environment })
  for (const note of notes) io.note(note)
  const { data, profile } = parseConfig(hubConfig, text, file ?? 'defaults')
  const values = effectiveValues(hubSchema(profile), readYaml(text)).map(
    ({ key, value, line, usual }): ShownValue => ({
      key,
      value,
      from: line === undefined ? 'default' : `${file}:${line}`,
      ...(usual === undefined ? {} : { default: usual }),
    }),
  )
  if (data === undefined) values.unshift(dataValue(environment))
  const shown = options.changed ? values.filter(isChanged) : values
  await report(io, options.format, shown, () =>
    shown.length === 0 ? ['every value is the default'] : tableLines(columns, shown, io.out.columns),
  )
}

function dataValue(environment: PathEnvironment): ShownValue {
  const from = environment.variables.STATE_DIRECTORY ? 'STATE_DIRECTORY' : 'default'
  return { key: 'data', value: dataFolder(undefined, environment), from }
}

function isChanged({ value, default: usual, from }: ShownValue): boolean {
  return from !== 'default' && JSON.stringify(value) !== JSON.stringify(usual)
}

const columns: readonly Column<ShownValue>[] = [
  { title: 'KEY', text: (row) => row.key },
  {
    title: 'VALUE',
    text: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)),
    flexible: true,
  },
  { title: 'FROM', text: (row) => row.from },
]
