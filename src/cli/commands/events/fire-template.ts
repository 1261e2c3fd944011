import { TocsinError } from '../../../errors/tocsin-error.js'

/** Where the values of a template come from, so that a test decides them. */
export interface TemplateValues {
  now(): Date
  /** From 0 up to but not including 1. */
  random(): number
  uuid(): string
  host: string
  pid: number
}

/**
 * Expands what stands in double braces, for the n-th event of a series:
 *
 *   {{.n}}   {{.time}}   {{.host}}   {{.pid}}   {{.uuid}}
 *   {{random 1 100}}     a whole number from 1 to 100
 *   {{pick up down}}     one of the words
 *
 * Throws TCN_USAGE for anything else.
 */
export function expandTemplate(template: string, n: number, values: TemplateValues): string {
  return template.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, (whole, expression: string) => {
    const [name, ...words] = expression.split(/\s+/)
    const value = Object.hasOwn(fields, name) ? fields[name](words, n, values) : undefined
    if (value === undefined)
      throw new TocsinError(
        'TCN_USAGE',
        `${whole} is no value of a template; values are ${spellings.join(', ')}`,
      )
    return value
  })
}

const spellings = [
  '{{.n}}',
  '{{.time}}',
  '{{.host}}',
  '{{.pid}}',
  '{{.uuid}}',
  '{{random 1 100}}',
  '{{pick up down}}',
]

type Field = (words: readonly string[], n: number, values: TemplateValues) => string | undefined

const fields: Record<string, Field> = {
  '.n': plain((n) => String(n)),
  '.time': plain((_, { now }) => now().toISOString()),
  '.host': plain((_, { host }) => host),
  '.pid': plain((_, { pid }) => String(pid)),
  '.uuid': plain((_, { uuid }) => uuid()),
  random: (words, _, { random }) => {
    const [least, most] = words.map(Number)
    if (words.length !== 2 || !Number.isSafeInteger(least) || !Number.isSafeInteger(most) || least > most)
      return undefined
    return String(least + Math.floor(random() * (most - least + 1)))
  },
  pick: (words, _, { random }) => words[Math.floor(random() * words.length)],
}

function plain(value: (n: number, values: TemplateValues) => string): Field {
  return (words, n, values) => (words.length === 0 ? value(n, values) : undefined)
}
