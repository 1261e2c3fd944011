import { TocsinError } from '../event/errors.js'

/** The system allows 108 bytes with the final NUL (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107
const NAME = 'tocsin.sock'

/** What the search for the socket depends on, handed in. */
export interface SocketEnvironment {
  variables: Readonly<Record<string, string | undefined>>
  uid: number
  /** The folder for temporary files. */
  temporary: string
  exists(path: string): boolean
  /** Does the folder belong to this user, with mode 0700? */
  isPrivate(folder: string): boolean
}

/**
 * The socket that a client connects to: the address given, `TOCSIN_URL`, else the first socket there
 * is in `$XDG_RUNTIME_DIR/tocsin/`, `/run/tocsin/` and a private folder under the temporary one.
 * Throws TCN_CLIENT_ADDRESS or TCN_CLIENT_PATH_TOO_LONG.
 */
export function findSocket(address: string | undefined, environment: SocketEnvironment): string {
  const named = namedSocket(address, environment)
  if (named !== undefined) return named
  const places = usualPlaces(environment)
  return checkLength(places.find((path) => isThere(path, environment)) ?? places[0])
}

/**
 * Where the hub makes its socket: the address given, `TOCSIN_URL`, else the first of the folders
 * where clients look that belongs to this user. Errors as `findSocket`.
 */
export function placeSocket(address: string | undefined, environment: SocketEnvironment): string {
  const named = namedSocket(address, environment)
  if (named !== undefined) return named
  const { variables, uid } = environment
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
      `${shown} is no address of a hub: give a path, unix:<path> or a URL such as tls://host:port`,
    )
  }
  return checkLength(path)
}

const systemFolder = '/run/tocsin'

function namedSocket(address: string | undefined, { variables }: SocketEnvironment): string | undefined {
  const named = address ?? (variables.TOCSIN_URL || undefined)
  return named === undefined ? undefined : socketPath(named)
}

function usualPlaces(environment: SocketEnvironment): string[] {
  const folders = [userFolder(environment), systemFolder, privateFolder(environment)]
  return folders.filter((folder) => folder !== undefined).map((folder) => `${folder}/${NAME}`)
}

// In the temporary folder anybody could have put a socket there before this user did.
function isThere(path: string, environment: SocketEnvironment): boolean {
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
    `the path of the socket has ${bytes} bytes, the system allows ${MAX_SOCKET_PATH_BYTES}: ${path.slice(0, 200)}`,
    { details: { bytes, limit: MAX_SOCKET_PATH_BYTES } },
  )
}
