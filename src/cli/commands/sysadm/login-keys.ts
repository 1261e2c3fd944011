import { createPublicKey } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type RegisteredKey, SysadmKey } from '../../../protocols/sysadm/client/index.js'
import { keyChecksum } from '../../../protocols/sysadm/codec/keys.js'
import type { YesOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { readText } from '../../terminal/input.js'
import { confirm } from '../../terminal/prompts.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { withServer } from './connect-server.js'
import type { ServerOptions } from './server-options.js'

export interface KeyOptions extends ServerOptions {
  format?: string
}
export interface AddKeyOptions extends KeyOptions {
  nickname?: string
  email?: string
}

interface ShownKey {
  user: string
  checksum: string
  nickname: string
  email: string
  registered: string
  publicPem: string
}

export async function listKeys(io: Io, server: string, { format, ...options }: KeyOptions): Promise<void> {
  const keys = (await withServer(io, server, options, (client) => client.keys.list())).map(shownKey)
  await report(io, format, keys, () =>
    keys.length === 0 ? ['no keys are registered'] : tableLines(columns, keys, io.out.columns),
  )
}

export async function addKey(
  io: Io,
  server: string,
  file: string,
  { nickname = hostname(), email, format, ...options }: AddKeyOptions,
): Promise<void> {
  await withServer(io, server, options, async (client) => {
    const key = await keyIn(io, file)
    await client.keys.register(key, { nickname, ...(email !== undefined && { email }) })
    const { checksum, publicPem } = key
    await report(io, format, [{ checksum, nickname, publicPem }], () => [
      `the key ${checksum} can log in to ${client.hostname}`,
    ])
  })
}

export async function removeKey(
  io: Io,
  server: string,
  named: string,
  { format, yes, ...options }: KeyOptions & YesOptions,
): Promise<void> {
  const checksum = await checksumOf(io, named)
  await withServer(io, server, options, async (client) => {
    const keys = (await client.keys.list()).filter((key) => shownKey(key).checksum === checksum)
    if (keys.length === 0)
      throw new TocsinError('TCN_SYSADM_REFUSED', `no key with the checksum ${checksum} is registered`)
    const users = keys.map(({ user }) => user)
    await confirm(io, { yes }, () => `the key will no longer log in as ${users.join(', ')}`)
    for (const { publicPem, user } of keys) await client.keys.revoke(publicPem, user)
    await report(io, format, [{ checksum, users }], () => [
      `the key ${checksum} can no longer log in as ${users.join(', ')}`,
    ])
  })
}

/** The key in the file, which is made if there is none. */
async function keyIn(io: Io, file: string): Promise<SysadmKey> {
  if (existsSync(file)) return new SysadmKey(await readText(io, file))
  const { key, pem } = await SysadmKey.make()
  try {
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', `${file}: ${messageOf(error)}`, { cause: error })
  }
  io.note(`a new key is in ${file}, which only you can read`)
  return key
}

/** The checksum itself, or that of the key in the file. */
async function checksumOf(io: Io, named: string): Promise<string> {
  if (!existsSync(named)) return named
  const pem = readFileSync(named, 'utf8')
  if (!pem.includes('PUBLIC KEY')) return new SysadmKey(await readText(io, named)).checksum
  try {
    return keyChecksum(Buffer.from(createPublicKey(pem).export({ type: 'spki', format: 'pem' })))
  } catch (cause) {
    throw new TocsinError('TCN_SYSADM_KEY', `${named}: ${messageOf(cause)}`, { cause })
  }
}

function shownKey({ user, publicPem, notes }: RegisteredKey): ShownKey {
  const note = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(notes)?.[1] ?? ''
  return {
    user,
    checksum: keyChecksum(Buffer.from(publicPem)),
    nickname: note('Nickname'),
    email: note('Email'),
    registered: note('Date Registered'),
    publicPem,
  }
}

const columns: readonly Column<ShownKey>[] = [
  { title: 'USER', text: ({ user }) => user },
  { title: 'CHECKSUM', text: ({ checksum }) => checksum },
  { title: 'NICKNAME', text: ({ nickname }) => nickname, flexible: true },
  { title: 'EMAIL', text: ({ email }) => email, flexible: true },
  { title: 'REGISTERED', text: ({ registered }) => registered },
]
