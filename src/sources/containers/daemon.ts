import { type IncomingMessage, request } from 'node:http'

const MAX_ANSWER = 64 * 1024
const VERSION_MS = 10_000

/** Asks the daemon which one it is, such as `Docker 27.3.1`. Rejects with an Error that says what to do. */
export async function daemonVersion(socketPath: string): Promise<string> {
  const answer = await get(socketPath, '/version', AbortSignal.timeout(VERSION_MS))
  const { Version: version, Components: components } = JSON.parse(await textOf(answer)) as {
    Version?: unknown
    Components?: { Name?: unknown }[]
  }
  const name = String(components?.[0]?.Name ?? '')
  return `${name.includes('Podman') ? 'Podman' : 'Docker'} ${String(version ?? '').slice(0, 40)}`
}

/** Begins to read the events of containers from a time on, in seconds with nine digits after the point. */
export function daemonEvents(
  socketPath: string,
  since: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }))
  return get(socketPath, `/events?since=${since}&filters=${filters}`, signal)
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

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer) {
    length += piece.length
    if (length > MAX_ANSWER) throw new Error('the daemon answers with too much')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
