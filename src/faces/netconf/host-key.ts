import type ssh2 from 'ssh2'
import { readSmallFile } from '../../config/secret-file.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { fingerprintOf } from '../../protocols/netconf/client/host-key.js'
import type { StateStore } from '../../state/index.js'

const KEPT = 'netconf-host-key'

export interface HostKey {
  readonly text: string
  /** As OpenSSH prints it. */
  readonly fingerprint: string
}

type KeyTools = (typeof ssh2)['utils']

/** Returns the configured host key, or else the one made at the first start. Rejects with TCN_NETCONF_HOST_KEY. */
export async function hostKeyOf(
  tools: KeyTools,
  state: Pick<StateStore, 'bucket'>,
  file: string | undefined,
): Promise<HostKey> {
  if (file === undefined) return keptKey(tools, state)
  const key = readKey(tools, await readSmallFile(file, unusable))
  if (key !== undefined) return key
  throw unusable(`${file} is no private key without a passphrase, as ssh-keygen writes it`)
}

/** The key belongs to this hub alone, so it is not among what hubs with the same log share. */
async function keptKey(tools: KeyTools, state: Pick<StateStore, 'bucket'>): Promise<HostKey> {
  const own = state.bucket('meta')
  const kept = await own.get(KEPT).catch(() => undefined)
  const known = kept && readKey(tools, Buffer.from(kept.value).toString())
  if (known !== undefined) return known
  if (kept !== undefined) own.reportDamage(KEPT, 'the record is no host key')
  const made = newKey(tools)
  await own.put(KEPT, Buffer.from(made.text))
  return made
}

/** About one in two hundred that the library writes cannot be read (ssh2 1.17). */
function newKey(tools: KeyTools): HostKey {
  for (;;) {
    const made = readKey(tools, tools.generateKeyPairSync('ed25519').private)
    if (made !== undefined) return made
  }
}

function readKey(tools: KeyTools, text: string): HostKey | undefined {
  const key = tools.parseKey(text)
  if (key instanceof Error || !key.isPrivateKey()) return undefined
  return { text, fingerprint: fingerprintOf(key.getPublicSSH()) }
}

function unusable(message: string): TocsinError {
  return new TocsinError('TCN_NETCONF_HOST_KEY', message)
}
