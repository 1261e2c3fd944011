import { parseBounded } from '../../event/json/bounded.js'
import { asFields, isObject } from '../../event/json/object.js'
import { isOneOf } from '../../event/one-of.js'
import { formatTime } from '../../event/position.js'
import type { SeverityName } from '../../event/severity.js'
import { type ContainerAction, containerActions, type HostContainer } from '../../types/host/containers.js'
import { textsOf } from '../texts-of.js'

const MAX_LABELS = 100

/** An event of a daemon, as its API has it. */
export interface DaemonEvent {
  /** ns since the epoch */
  time: bigint
  /** Undefined for what no source publishes, such as the commands of health checks. */
  container: HostContainer | undefined
}

/** The names of actions in Podman or an older Docker. */
const otherNames: Readonly<Record<string, ContainerAction>> = {
  died: 'die',
  remove: 'destroy',
  health_status: 'health',
}

/** Reads a line of `/events`. Undefined for anything else. */
export function parseDaemonEvent(line: string): DaemonEvent | undefined {
  // A number of 19 digits would be rounded.
  const nanos = /"timeNano": ?(\d{10,19})\b/.exec(line)?.[1]
  const event = objectOf(line)
  const { Type: type, Action: action, Actor: actor, status } = event ?? {}
  const what = action ?? status
  if (nanos === undefined || typeof what !== 'string') return undefined
  const time = BigInt(nanos)
  if (type !== undefined && type !== 'container') return { time, container: undefined }
  const { ID: id, Attributes: attributes } = asFields(actor)
  return { time, container: containerOf(what, String(id ?? event?.id ?? ''), textsOf(attributes), time) }
}

function containerOf(
  written: string,
  id: string,
  attributes: Record<string, string>,
  time: bigint,
): HostContainer | undefined {
  const [word, detail] = written.split(/: ?/, 2)
  const action = actionOf(word)
  if (action === undefined) return undefined
  const { name, image, exitCode, containerExitCode, signal, health_status, ...labels } = attributes
  const data: HostContainer = { action, name: name ?? id.slice(0, 12), id }
  if (image !== undefined) data.image = image
  const code = exitCode ?? containerExitCode
  if (action === 'die' && /^\d{1,9}$/.test(code ?? '')) data.code = Number(code)
  if (signal !== undefined) data.signal = signal
  if (action === 'health') data.health = detail ?? health_status ?? 'unknown'
  data.severity = severityOf(data)
  data.time = formatTime(Number(time / 1000n))
  const named = Object.entries(labels)
  if (named.length > 0) data.labels = Object.fromEntries(named.slice(0, MAX_LABELS))
  return data
}

function actionOf(word: string): ContainerAction | undefined {
  return isOneOf(containerActions, word) ? word : otherNames[word]
}

/** A container that is stopped ends with the code of a signal, which is no fault of its own. */
function severityOf({ action, code = 0, health }: HostContainer): SeverityName {
  if (action === 'oom') return 'err'
  if (action === 'health') return health === 'unhealthy' ? 'err' : 'info'
  return action === 'die' && code !== 0 ? 'warning' : 'info'
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseBounded(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
