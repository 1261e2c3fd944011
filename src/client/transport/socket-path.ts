import { existsSync, lstatSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { TocsinError } from '../../errors/tocsin-error.js'

/** The system allows 108 bytes with the final NUL (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107
const NAME = 'tocsin.sock'

/** The environment of the search for the socket, passed in so that it can be tested. */
export interface SocketEnvironment {
  variables: Readonly<Record<string, string | undefined>>
  uid: number
  /** The folder for temporary files. */
  temporary: string
  exists(path: string): boolean
  /** Returns whether the folder belongs to this user and has mode 0700. */
  isPrivate(folder: string): boolean
}

/**
 * The socket that a client connects to: the given address, otherwise `TOCSIN_URL`, otherwise the first socket that
 * exists in `$XDG_RUNTIME_DIR/tocsin/`, `/run/tocsin/`, or a private folder under the temporary one.
 * Throws TCN_CLIENT_ADDRESS or TCN_CLIENT_PATH_TOO_LONG.
 */
export function findSocket(address: string | undefined, environment: SocketEnvironment): string {
  const named = namedSocket(address, environment)
  if (named !== undefined) return named
  const paths = defaultSocketPaths(environment)
  const found = paths.find((path) => isUsable(path, environment))
  if (found !== undefined) return checkLength(found)
  // The folder of another user's hub hides its socket; to try it gives the better error.
  return checkLength(environment.exists(systemFolder) ? `${systemFolder}/${NAME}` : paths[0])
}

/**
 * The socket that a hub creates: the given address, otherwise `TOCSIN_URL`, otherwise one in the first folder that
 * clients search and that belongs to this user. A `TOCSIN_URL` that is no socket names a hub for clients only. Throws the same errors as `findSocket`.
 */
export function hubSocketPath(address: string | undefined, environment: SocketEnvironment): string {
  const { variables, uid } = environment
  const named = isElsewhere(variables.TOCSIN_URL)
    ? address && socketPath(address)
    : namedSocket(address, environment)
  if (named !== undefined) return named
  const service = variables.RUNTIME_DIRECTORY?.split(':')[0]
  if (service) return checkLength(`${service}/${NAME}`)
  const folder = userFolder(environment) ?? (uid === 0 ? systemFolder : privateFolder(environment))
  return checkLength(`${folder}/${NAME}`)
}

/** The path in `/path`, `path` or `unix:/path`. Throws TCN_CLIENT_ADDRESS or TCN_CLIENT_PATH_TOO_LONG. */
export function socketPath(address: string): string {
  const path = address.replace(/^unix:(?:\/\/(?=\/))?/, '')
  if (path === '' || path.includes('\0') || /^[a-z][a-z0-9+.-]*:/i.test(path)) {
    const shown = JSON.stringify(address.slice(0, 200))
    throw new TocsinError(
      'TCN_CLIENT_ADDRESS',
      `${shown} is not the address of a hub: give a path, unix:<path>, or a URL such as tls://host:port`,
    )
  }
  return checkLength(path)
}

const systemFolder = '/run/tocsin'

function isElsewhere(url = ''): boolean {
  return /^(?!unix:)[a-z][a-z0-9+.-]*:/i.test(url)
}

function namedSocket(address: string | undefined, { variables }: SocketEnvironment): string | undefined {
  const named = address ?? (variables.TOCSIN_URL || undefined)
  return named === undefined ? undefined : socketPath(named)
}

function defaultSocketPaths(environment: SocketEnvironment): string[] {
  const folders = [userFolder(environment), systemFolder, privateFolder(environment)]
  return folders.filter((folder) => folder !== undefined).map((folder) => `${folder}/${NAME}`)
}

/** In the temporary folder, another user could have created the folder and its socket first. */
function isUsable(path: string, environment: SocketEnvironment): boolean {
  const folder = path.slice(0, -NAME.length - 1)
  if (folder === privateFolder(environment) && !environment.isPrivate(folder)) return false
  return environment.exists(path)
}

function userFolder({ variables }: SocketEnvironment): string | undefined {
  const folder = variables.XDG_RUNTIME_DIR
  return folder?.startsWith('/') ? `${folder.replace(/\/+$/, '')}/tocsin` : undefined
}

function privateFolder({ temporary, uid }: SocketEnvironment): string {
  return `${temporary.replace(/\/+$/, '')}/tocsin-${uid}`
}

function checkLength(path: string): string {
  const bytes = new TextEncoder().encode(path).length
  if (bytes <= MAX_SOCKET_PATH_BYTES) return path
  throw new TocsinError(
    'TCN_CLIENT_PATH_TOO_LONG',
    `the socket's path has ${bytes} bytes, and the system allows ${MAX_SOCKET_PATH_BYTES}: ${path.slice(0, 200)}`,
    { details: { bytes, limit: MAX_SOCKET_PATH_BYTES } },
  )
}

/** The environment of this process. */
export function socketEnvironment(): SocketEnvironment {
  const uid = process.getuid?.() ?? userInfo().uid
  return {
    variables: process.env,
    uid,
    temporary: tmpdir(),
    exists: existsSync,
    isPrivate: (folder) => {
      const found = lstatSync(folder, { throwIfNoEntry: false })
      return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o777) === 0o700
    },
  }
}
