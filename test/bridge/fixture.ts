import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { Bridge } from '../../src/bridge/bridge.js'
import { type BridgeCertificate, bridgeCertificate } from '../../src/bridge/certificate.js'
import { bridgeConfig } from '../../src/bridge/config.js'
import { readKeys } from '../../src/bridge/keys.js'
import type { Runtime } from '../../src/event/runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { type OpensslKey, type PeerOptions, ScriptedPeer } from './scripted-peer.js'

export interface BridgeFixture extends AsyncDisposable {
  bridge: Bridge
  certificate: BridgeCertificate
  url: string
  folder: string
  lines: string[]
  connect(options: PeerOptions): Promise<ScriptedPeer>
  login(options: PeerOptions): Promise<ScriptedPeer>
}

export interface BridgeFixtureOptions {
  config?: z.input<typeof bridgeConfig>
  runtime?: Runtime
}

/** Starts a bridge in which these keys can log in. */
export async function startBridge(
  keys: readonly OpensslKey[],
  { config, runtime = realRuntime }: BridgeFixtureOptions = {},
): Promise<BridgeFixture> {
  const folder = temporaryFolder('bridge')
  for (const [i, { publicPem }] of keys.entries()) writeFileSync(join(folder, `${i}.pub`), publicPem)
  const lines: string[] = []
  const parsed = bridgeConfig.parse({
    listen: '127.0.0.1:0',
    blacklist: { exempt: ['127.0.0.1'] },
    ...config,
  })
  const log = (_level: string, text: string): void => void lines.push(text)
  const bridge = new Bridge({ runtime, config: parsed, keys: readKeys([folder]), log })
  const certificate = await bridgeCertificate(parsed, join(folder, 'tls'))
  const url = await bridge.listen(parsed.listen, certificate)
  const peers: ScriptedPeer[] = []
  const kept = async (opening: Promise<ScriptedPeer>): Promise<ScriptedPeer> => {
    const peer = await opening
    peers.push(peer)
    return peer
  }
  return {
    bridge,
    certificate,
    url,
    folder,
    lines,
    connect: (options) => kept(ScriptedPeer.connect(url, options)),
    login: (options) => kept(ScriptedPeer.login(url, options)),
    async [Symbol.asyncDispose]() {
      for (const peer of peers) peer.kill()
      await bridge.close()
    },
  }
}
