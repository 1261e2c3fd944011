import { type SeverityName, severityOfValue } from '../event/severity.js'

/** The value of the field at this place of the list; undefined if the event does not have it, or if it is a list or map. */
export type ReadValue = (nth: number) => unknown

/**
 * The way in which a type tells an attribute that its events do not carry. Fields are `data.<path>`, `data` (all of it,
 * which costs more; undefined if it is long), `tag.<n>` (a segment, from 0) and `source`; only those that `read` asks for
 * are read.
 */
export interface Derivation<Value> {
  readonly fields: readonly string[]
  read(field: ReadValue): Value | undefined
}

/** Every event of the type is as severe. */
export function alwaysSevere(name: SeverityName): Derivation<SeverityName> {
  return { fields: [], read: () => name }
}

/** The severity that the first of these fields means which has one of the words. */
export function severityByWord(
  fields: readonly string[],
  words: Readonly<Record<string, SeverityName>>,
): Derivation<SeverityName> {
  return { fields, read: (field) => firstOf(fields, (nth) => wordIn(words, field(nth))) }
}

function firstOf<Value>(
  fields: readonly string[],
  read: (nth: number) => Value | undefined,
): Value | undefined {
  for (let nth = 0; nth < fields.length; nth++) {
    const value = read(nth)
    if (value !== undefined) return value
  }
  return undefined
}

/** The first of these fields that is text. */
export function hostIn(...fields: readonly string[]): Derivation<string> {
  return { fields, read: (field) => firstOf(fields, (nth) => textOf(field(nth))) }
}

/** Types without a rule of their own say their severity by a usual field, if at all. */
export const usualSeverity: Derivation<SeverityName> = {
  fields: ['data.severity', 'data.level', 'data.success', 'data.retcode', 'data.state'],
  read: (field) =>
    severityOfValue(field(0)) ??
    levelOf(field(1)) ??
    (field(2) === false ? 'err' : resultOf(field(3))) ??
    (field(2) === true ? 'info' : undefined) ??
    wordIn(states, field(4)),
}

/** Thresholds that a host has reached, of which there are a few; or the levels of loggers, from 10 to 60. */
function levelOf(level: unknown): SeverityName | undefined {
  if (typeof level !== 'number' || level >= 10) return severityOfValue(level)
  if (level < 0) return undefined
  return level >= 2 ? 'err' : level >= 1 ? 'warning' : 'info'
}

function resultOf(retcode: unknown): SeverityName | undefined {
  if (typeof retcode !== 'number') return undefined
  return retcode === 0 ? 'info' : 'err'
}

const states: Readonly<Record<string, SeverityName>> = {
  ...{ failed: 'err', failure: 'err', down: 'err' },
  ...{ silent: 'warning', degraded: 'warning', retrying: 'warning' },
}

function wordIn(words: Readonly<Record<string, SeverityName>>, word: unknown): SeverityName | undefined {
  return typeof word === 'string' && Object.hasOwn(words, word) ? words[word] : undefined
}

/** Types without a rule of their own name their host in the tag (`host/<name>/…`), or in the data. */
export const usualHost: Derivation<string> = {
  fields: ['tag.0', 'tag.1', 'data.host'],
  read: (field) => textOf(field(0) === 'host' ? field(1) : field(2)),
}

/** Events without a type also happened on the host that has published them. */
export const publishersHost: Derivation<string> = {
  fields: [...usualHost.fields, 'source'],
  read: (field) => usualHost.read(field) ?? hostOfSource(field(3)),
}

/** The events of a hub happened on its host. */
export const hubsHost: Derivation<string> = {
  fields: ['source'],
  read: (field) => hostOfSource(field(0)),
}

/** The host in `host/<name>` or `hub/<name>`, with or without more. */
function hostOfSource(source: unknown): string | undefined {
  const text = String(source)
  const start = text.startsWith('host/') ? 5 : text.startsWith('hub/') ? 4 : text.length
  const end = text.indexOf('/', start)
  return text.slice(start, end < 0 ? text.length : end) || undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
