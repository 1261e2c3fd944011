import type { OwnEvent } from '../../bus/api.js'
import type { HubLog, Level } from './hub-log.js'

type Data = Readonly<Record<string, unknown>>
type Line = readonly [level: Level, text: string]

/** The line for each kind of event that the hub publishes about itself, by the beginning of its tag. */
const lines: readonly (readonly [prefix: string, line: (data: Data, tag: string) => Line])[] = [
  [
    'hub/source/',
    ({ source, state, reason }) => [stateLevel(state, reason), `source ${source} is ${state}: ${reason}`],
  ],
  [
    'hub/gap/',
    ({ source, count, reason }) => ['warn', `source ${source} lost ${count ?? 'some'} events: ${reason}`],
  ],
  ['hub/upstream/', (data) => [data.state === 'up' ? 'info' : 'warn', upstreamText(data)]],
  [
    'hub/rules',
    ({ state, reason }) => [state === 'back' ? 'info' : 'error', `rules are ${state}: ${reason}`],
  ],
  [
    'hub/rule/',
    ({ rule, state, reason, count, arguments: words }) =>
      words === undefined
        ? ['warn', `rule ${rule}: ${state}: ${reason} (${count} ×)`]
        : ['debug', `rule ${rule} starts its job`],
  ],
  [
    'hub/part/',
    ({ kind, part, reason, count }) => [
      'error',
      `${kind} ${part} has failed and begins again: ${reason} (${count} ×)`,
    ],
  ],
  ['hub/sink/', ({ sink, state, reason }) => [sinkLevel(state), `sink ${sink} is ${state}: ${reason}`]],
  [
    'hub/log/damage',
    ({ from, to, reason }) => ['error', `the events @${from} to @${to} of the log cannot be read: ${reason}`],
  ],
  [
    'hub/audit/login',
    ({ way, address, face, result, count, reason }) =>
      result === 'TCN_ACCESS_ISSUER'
        ? ['error', `a login failed because its issuer cannot be asked: ${reason} (${result})`]
        : [
            'warn',
            way === undefined
              ? `refused ${count} × the credentials of other peers (${result})`
              : `refused ${count} × the ${way} of ${address ?? 'peers'} over ${face ?? 'any face'} (${result})`,
          ],
  ],
  [
    'hub/audit/denied',
    ({ principal, method, right, count }) => [
      'warn',
      `${principal ?? 'others'} may not call ${method ?? 'methods'}, which needs "${right}" (${count} ×)`,
    ],
  ],
  [
    'hub/audit/',
    ({ principal, method, result, changed }) => [
      result === 'ok' ? 'info' : 'warn',
      `${principal ?? 'others'}: ${method} ${JSON.stringify(changed ?? {})}: ${result}`,
    ],
  ],
  [
    'hub/refused',
    ({ code, message, listener, count }) => [
      'warn',
      `${count} × closed at ${listener}: ${message} (${code})`,
    ],
  ],
  [
    'hub/dropped/',
    ({ source, code, message, count }) => [
      'warn',
      `${source}: ${count} events dropped: ${message} (${code})`,
    ],
  ],
  [
    'hub/config',
    ({ commit, user, state, reason, error }) => [
      error === undefined ? 'info' : 'error',
      `commit ${commit} by ${user} is ${state}${reason === undefined ? '' : `: ${reason}`}${failure(error)}`,
    ],
  ],
  ['hub/reload', ({ phase }) => ['debug', `reload of event types and configuration: ${phase}`]],
  ['hub/crashed', ({ note }) => ['warn', `${note}`]],
  [
    'hub/compacted',
    ({ cause, bytesBefore, bytesAfter }) => [
      'debug',
      `the log was compacted (${cause}) from ${bytesBefore} to ${bytesAfter} bytes`,
    ],
  ],
]

function upstreamText({ upstream, state, reason, code, waiting }: Data): string {
  const why = reason === undefined ? '' : `: ${reason}`
  const which = code === undefined ? '' : ` (${code})`
  return `upstream ${upstream}: ${state}${why}${which}${waiting ? `; ${waiting} events wait` : ''}`
}

function failure(error: unknown): string {
  const { message }: { message?: unknown } = error ?? {}
  return message === undefined ? '' : `, and going back failed: ${message}`
}

function stateLevel(state: unknown, reason: unknown): Level {
  if (state === 'down') return reason === 'stopped' ? 'info' : 'error'
  return state === 'silent' ? 'warn' : 'info'
}

function sinkLevel(state: unknown): Level {
  if (state === 'back' || state === 'resumed') return 'info'
  return state === 'down' || state === 'gap' ? 'error' : 'warn'
}

/** Writes the line for an event of the hub itself, if there is one for events of its kind. */
export function writeLine(log: HubLog, { tag, data }: OwnEvent): void {
  if (!tag.startsWith('hub/')) return
  const found = lines.find(([prefix]) => tag.startsWith(prefix))
  if (found === undefined || typeof data !== 'object' || data === null) return
  const [level, text] = found[1](data as Data, tag)
  log.write(level, text, { event: tag, data })
}
