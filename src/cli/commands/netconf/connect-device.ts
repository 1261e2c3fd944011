import { type Address, formatAddress } from '../../../config/values/address.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { LongWork } from '../../../incremental/long-work.js'
import { readHostKey } from '../../../protocols/netconf/client/host-key.js'
import { NetconfSession, type NetconfSessionOptions } from '../../../protocols/netconf/client/session.js'
import { dialSsh } from '../../../protocols/netconf/client/ssh.js'
import { dialTls } from '../../../protocols/netconf/client/tls.js'
import type { NetconfDial, NetconfTransport } from '../../../protocols/netconf/client/transport.js'
import { readFingerprint } from '../../../protocols/sysadm/client/address.js'
import type { Io } from '../../io.js'
import { readText } from '../../terminal/input.js'
import { passwordOf, warnIfOthersMayRead } from '../../terminal/passwords.js'
import type { DeviceOptions } from './device-options.js'

const NETCONF_PASSWORD = 'TOCSIN_NETCONF_PASSWORD'
const SSH_PORT = 830
const TLS_PORT = 6513
const TIMEOUT_MS = 20_000
const LONGEST_MESSAGE = 16 * 2 ** 20

export type Handlers = Pick<NetconfSessionOptions, 'notification' | 'leftOut' | 'closed'>

/** Connects to a device, calls `use` with the session, and closes it in any case. */
export async function withDevice<Result>(
  io: Io,
  address: Address,
  options: DeviceOptions,
  handlers: Handlers,
  use: (session: NetconfSession) => Promise<Result>,
): Promise<Result> {
  const runtime = nodeRuntime()
  const { timeout = TIMEOUT_MS } = options
  const transport = await dial(io, options, { address, runtime, timeout, signal: io.signal })
  const session = await NetconfSession.open(transport, {
    ...handlers,
    runtime,
    timeout,
    longest: LONGEST_MESSAGE,
    longWork: new LongWork(runtime),
    name: formatAddress(address),
  })
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

/** Reads `host` or `host:port`. */
export function deviceAddress(text: string, { certificate }: DeviceOptions): Address {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+|[^:]*:.*:.*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65535)
    throw new TocsinError('TCN_USAGE', `'${text}' is not a host such as r1.example or r1.example:830`)
  const usual = certificate === undefined ? SSH_PORT : TLS_PORT
  return { host, port: port === undefined ? usual : Number(port) }
}

async function dial(io: Io, options: DeviceOptions, to: NetconfDial): Promise<NetconfTransport> {
  const { user, passwordFile, keyFile, hostKey = [], certificate, pin = [], ca } = options
  if (keyFile !== undefined) warnIfOthersMayRead(io, keyFile)
  const key = keyFile === undefined ? undefined : await readText(io, keyFile)
  if (certificate !== undefined) {
    if (key === undefined) throw new TocsinError('TCN_USAGE', '--certificate needs its key in --key-file')
    const authority = ca === undefined ? {} : { ca: await readText(io, ca) }
    const fingerprints = pin.map(readFingerprint)
    return dialTls({ certificate: await readText(io, certificate), key, fingerprints, ...authority }, to)
  }
  if (user === undefined) throw new TocsinError('TCN_USAGE', 'name the user with --user')
  const hostKeys = hostKey.map(givenHostKey)
  // A password is asked for only once the device is known.
  const place = { user, file: passwordFile, variable: NETCONF_PASSWORD, otherwise: '--key-file' }
  const isLogin = key === undefined && hostKeys.length > 0
  const password = isLogin ? await passwordOf(io, place) : undefined
  return dialSsh({ user, privateKey: key, password, hostKeys }, to)
}

function givenHostKey(text: string): string {
  try {
    return readHostKey(text)
  } catch (error) {
    throw new TocsinError('TCN_USAGE', `--host-key ${messageOf(error)}`)
  }
}
