import { TocsinError } from '../../../errors/tocsin-error.js'
import type {
  SysadmClient,
  SysadmClientOptions,
  SysadmLogin,
  SysadmStatus,
} from '../../../protocols/sysadm/client/index.js'
import type { Io } from '../../io.js'
import { readText } from '../../terminal/input.js'
import { passwordOf, warnIfOthersMayRead } from '../../terminal/passwords.js'
import type { ServerOptions } from './server-options.js'

const PASSWORD_VARIABLE = 'TOCSIN_SYSADM_PASSWORD'

/** Connects to a server, calls `use` with the client, and closes it in any case. */
export async function withServer<Result>(
  io: Io,
  server: string,
  options: ServerOptions,
  use: (client: SysadmClient) => Promise<Result>,
): Promise<Result> {
  const { connectSysadm } = await import('../../../protocols/sysadm/client/index.js')
  const client = await connectSysadm({
    ...(await placeOf(io, server, options)),
    login: await loginOf(io, options),
    tls: {
      ...(options.pin && { fingerprint: options.pin }),
      ...(options.ca !== undefined && { ca: await readText(io, options.ca) }),
      ...(options.insecure && { insecure: true }),
    },
    ...(options.timeout !== undefined && { timeout: options.timeout }),
    signal: io.signal,
    onStatus: connectionNotes(io),
  })
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

async function placeOf(
  io: Io,
  server: string,
  { bridge, bridgeKey }: ServerOptions,
): Promise<Pick<SysadmClientOptions, 'url' | 'bridge'>> {
  if (bridge !== undefined)
    return { url: bridge, bridge: { host: server, key: bridgeKey && (await readKey(io, bridgeKey)) } }
  if (bridgeKey === undefined) return { url: server }
  throw new TocsinError('TCN_USAGE', '--bridge-key is for a server behind a --bridge')
}

async function loginOf(io: Io, { user, loginKey, passwordFile }: ServerOptions): Promise<SysadmLogin> {
  if (loginKey !== undefined) return { key: await readKey(io, loginKey) }
  if (user === undefined)
    throw new TocsinError('TCN_USAGE', 'name the user with --user, or a key with --login-key')
  const place = { user, file: passwordFile, variable: PASSWORD_VARIABLE, otherwise: '--login-key' }
  return { username: user, password: await passwordOf(io, place) }
}

function readKey(io: Io, file: string): Promise<string> {
  warnIfOthersMayRead(io, file)
  return readText(io, file)
}

/** Says once that a connection is lost, and once that it is back. */
function connectionNotes(io: Io): NonNullable<SysadmClientOptions['onStatus']> {
  let isLost = false
  return (change: SysadmStatus) => {
    if (change.status === 'reconnecting' && !isLost)
      io.note(`connection lost: ${change.reason}; trying again`)
    if (change.status === 'connected' && isLost) io.note('connected again')
    isLost = change.status === 'reconnecting'
  }
}
