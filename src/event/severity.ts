import { type SeverityName, severityNames } from './severity-names.js'

export { type SeverityName, severityNames } from './severity-names.js'

/** The names of severities in programs and libraries. */
const names: ReadonlyMap<string, SeverityName> = new Map(
  Object.entries<SeverityName>({
    emerg: 'emerg',
    emergency: 'emerg',
    panic: 'emerg',
    alert: 'alert',
    crit: 'crit',
    critical: 'crit',
    fatal: 'crit',
    severe: 'err',
    err: 'err',
    eror: 'err',
    error: 'err',
    failure: 'err',
    failed: 'err',
    e: 'err',
    f: 'crit',
    w: 'warning',
    wrn: 'warning',
    warn: 'warning',
    warning: 'warning',
    notice: 'notice',
    ok: 'info',
    i: 'info',
    inf: 'info',
    info: 'info',
    information: 'info',
    informational: 'info',
    log: 'info',
    d: 'debug',
    dbg: 'debug',
    debug: 'debug',
    debug1: 'debug',
    fine: 'debug',
    finer: 'debug',
    finest: 'debug',
    trace: 'debug',
    trc: 'debug',
    verbose: 'debug',
  }),
)

const LONGEST_NAME = 16

/**
 * Reads a severity: a name in any case, a number of syslog (0 to 7), or a level of the loggers of Python, pino and
 * bunyan (10 to 60). Undefined for anything else.
 */
export function severityOfValue(value: unknown): SeverityName | undefined {
  if (typeof value === 'number') return byNumber(value)
  if (typeof value !== 'string' || value.length > LONGEST_NAME) return undefined
  const usual = names.get(value)
  if (usual !== undefined) return usual
  const text = value.trim().toLowerCase()
  if (/^\d{1,2}$/.test(text)) return byNumber(Number(text))
  return names.get(text)
}

function byNumber(value: number): SeverityName | undefined {
  if (!Number.isInteger(value) || value < 0 || value > 60) return undefined
  if (value <= 7) return severityNames[value]
  if (value < 10) return undefined
  if (value >= 60) return 'crit'
  return (['debug', 'debug', 'info', 'warning', 'err'] as const)[Math.floor(value / 10) - 1]
}

export type OrderOperator = '<' | '<=' | '>' | '>='

/** Returns the severities that meet a comparison: with `>=`, this one and the worse ones. */
export function severitiesFor(operator: OrderOperator, name: SeverityName): SeverityName[] {
  const rank = severityNames.indexOf(name)
  switch (operator) {
    case '<':
      return severityNames.slice(rank + 1)
    case '<=':
      return severityNames.slice(rank)
    case '>':
      return severityNames.slice(0, rank)
    case '>=':
      return severityNames.slice(0, rank + 1)
  }
}
