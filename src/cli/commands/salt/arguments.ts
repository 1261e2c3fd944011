import { isScalar, parse, type ScalarTag, type Tags } from 'yaml'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { PythonFloat } from '../../../protocols/salt/codec/values.js'

/** The arguments of a function on Salt's command line: values, and `name=value` pairs. */
export interface SaltArguments {
  args: unknown[]
  kwargs: Record<string, unknown>
}

const pair = /^([\p{L}_][\p{L}\p{N}_.-]*)=(?!=)(.*)$/u

export function saltArguments(words: readonly string[]): SaltArguments {
  const args: unknown[] = []
  const kwargs: [string, unknown][] = []
  for (const word of words) {
    const match = pair.exec(word)
    if (match === null) args.push(yamlArgument(word))
    else kwargs.push([match[1], yamlArgument(match[2])])
  }
  return { args, kwargs: Object.fromEntries(kwargs) }
}

/** The parameters of a function, from values in their order and from pairs. Throws TCN_USAGE for an unknown one. */
export function namedArguments<Name extends string>(
  words: readonly string[],
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  const { args, kwargs } = saltArguments(words)
  if (args.length > names.length)
    throw usage(`there are at most ${names.length} arguments: ${names.join(', ')}`)
  const named: Record<string, unknown> = Object.fromEntries(args.map((value, at) => [names[at], value]))
  for (const [name, value] of Object.entries(kwargs)) {
    if (!names.includes(name as Name)) throw usage(`unknown argument ${name}; known are ${names.join(', ')}`)
    if (name in named) throw usage(`${name} is given twice`)
    named[name] = value
  }
  return named as Partial<Record<Name, unknown>>
}

function usage(message: string): TocsinError {
  return new TocsinError('TCN_USAGE', message)
}

/**
 * A word as Salt reads it from its command line: YAML, but text if reading it as YAML would lose something. Maps need
 * braces and lists need brackets.
 */
export function yamlArgument(word: string): unknown {
  const text = word.trim()
  if (text === '' || text === '---' || text === '...' || /[\t\r\n]/.test(word)) return word
  if (word.includes('_') && /^[\d_]+$/.test(text)) return word
  if (word === 'None') return null
  const value = parseYaml(word)
  if (word.includes('#') && (typeof value === 'string' || value === null)) return word
  if (Array.isArray(value)) return word.startsWith('[') ? value : word
  if (value instanceof PythonFloat) return value
  if (typeof value === 'object' && value !== null) return isMap(value) && word.startsWith('{') ? value : word
  if ((value === '' && /^[|!]$/.test(word)) || (value === null && word === '!')) return word
  return value
}

/** Returns the word itself if it is not valid YAML. */
function parseYaml(word: string): unknown {
  try {
    return parse(word, {
      version: '1.1',
      merge: true,
      uniqueKeys: false,
      logLevel: 'error',
      intAsBigInt: true,
      maxAliasCount: 100,
      customTags: pythonTags,
      reviver: (_, value) => numberOf(value),
    })
  } catch {
    return word
  }
}

/** Integers arrive as bigints, so a number is a float and stays one. */
function numberOf(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? new PythonFloat(value) : value
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Salt reads `0644` as decimal. */
const decimal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-9_]+$/,
  resolve: (text) => BigInt(text.replace(/[_+]/g, '')),
  stringify: (item) => String(isScalar(item) ? item.value : item),
}

/** `y` and `n` are text for PyYAML. */
const boolean: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|true|on)$/i.test(text),
  stringify: (item) => String(isScalar(item) ? item.value : item),
}

function pythonTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => {
    const { tag: name, format } = tag as ScalarTag
    return !(name.endsWith(':float') && format === 'EXP') && !name.endsWith(':bool')
  })
  return [boolean, decimal, exponential, ...kept]
}

const exponential: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?[0-9][0-9_]*\.[0-9_]*[eE][-+][0-9]+$/,
  resolve: (text) => Number(text.replace(/_/g, '')),
  stringify: (item) => String(isScalar(item) ? item.value : item),
}

/** Where Salt expects a dict. */
export function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Truth as Python's `if` sees it. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof PythonFloat) return value.value !== 0
  return isMap(value) ? Object.keys(value).length > 0 : Boolean(value)
}
