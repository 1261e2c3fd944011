import { type IncomingMessage, request } from 'node:http'
import { parseBounded } from '../../event/json/bounded.js'
import { asFields } from '../../event/json/object.js'

/** Labels and environments of containers may be long, and a host may have many. */
const MAX_LIST = { bytes: 16 * 2 ** 20, values: 512 * 1024 }
const MAX_ANSWER = { bytes: 2 ** 20, values: 32 * 1024 }
const ANSWER_MS = 10_000
const NANOS = 1_000_000_000n

/** Asks the daemon which one it is, such as `Docker 27.3.1`. Rejects with an Error that says what to do. */
export async function daemonVersion(socketPath: string): Promise<string> {
  const { Version: version, Components: components } = asFields(await ask(socketPath, '/version'))
  const [component] = Array.isArray(components) ? components : []
  const name = String(asFields(component).Name ?? '')
  return `${name.includes('Podman') ? 'Podman' : 'Docker'} ${String(version ?? '').slice(0, 40)}`
}

/** Begins to read the events of containers from a time on, ns since the epoch. */
export function daemonEvents(
  socketPath: string,
  since: bigint,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }))
  return get(socketPath, `/events?since=${secondsOf(since)}&filters=${filters}`, signal)
}

/** Returns all containers, also those that have ended, as the daemon lists them. */
export async function allContainers(socketPath: string): Promise<readonly unknown[]> {
  const all = await ask(socketPath, '/containers/json?all=1', MAX_LIST)
  return Array.isArray(all) ? all : []
}

export interface ContainerState {
  /** Decides about the form of its log. */
  readonly hasTerminal: boolean
  readonly isRunning: boolean
}

export async function containerState(socketPath: string, id: string): Promise<ContainerState> {
  const path = `/containers/${encodeURIComponent(id)}/json`
  const { Config: config, State: state } = asFields(await ask(socketPath, path))
  return { hasTerminal: asFields(config).Tty === true, isRunning: asFields(state).Running === true }
}

/** Begins to read what a container writes, from a time on, ns since the epoch. */
export function containerLog(
  socketPath: string,
  id: string,
  since: bigint,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const wanted = 'follow=1&stdout=1&stderr=1&timestamps=1'
  const path = `/containers/${encodeURIComponent(id)}/logs?${wanted}&since=${secondsOf(since)}`
  return get(socketPath, path, signal)
}

/** Seconds with nine digits after the point. */
function secondsOf(nanos: bigint): string {
  return `${nanos / NANOS}.${String(nanos % NANOS).padStart(9, '0')}`
}

async function ask(socketPath: string, path: string, most = MAX_ANSWER): Promise<unknown> {
  const answer = await get(socketPath, path, AbortSignal.timeout(ANSWER_MS))
  return parseBounded(await textOf(answer, most.bytes), most.values)
}

function get(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, signal, headers: { host: 'localhost' } }, (answer) => {
      if (answer.statusCode === 200) resolve(answer)
      else {
        answer.resume()
        reject(new Error(`${socketPath} answers ${path.split('?', 1)[0]} with ${answer.statusCode}`))
      }
    })
    asked.once('error', (error: NodeJS.ErrnoException) => reject(explained(socketPath, error)))
    asked.end()
  })
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: start Docker or Podman, or name its socket in `socket`',
  ECONNREFUSED: 'nobody answers there: start Docker or Podman',
  EACCES: 'the user of the hub may not use it: add SupplementaryGroups=docker to the unit',
}

function explained(socketPath: string, { code = '', message }: NodeJS.ErrnoException): Error {
  return new Error(`${socketPath}: ${remedies[code] ?? message}`)
}

async function textOf(answer: IncomingMessage, most: number): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer) {
    length += piece.length
    if (length > most) throw new Error('the daemon answers with too much')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
