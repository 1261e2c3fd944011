import { Bridge } from '../../src/bridge/bridge.js'
import { bridgeConfig } from '../../src/bridge/config.js'
import { tlsSettings } from '../../src/faces/shared/listener.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { readLoginKey } from '../../src/protocols/sysadm/codec/keys.js'
import { serveCalls } from '../harness/child.js'

interface Options {
  cert: string
  key: string
  /** Public keys of the peers, PEM. */
  keys: string[]
  limits?: { connectionsOfAddress: number }
}

let url = ''

/** The bridge as `tocsin bridge` runs it. */
serveCalls({
  async start({ cert, key, keys, limits }: Options) {
    const config = bridgeConfig.parse({ listen: '127.0.0.1:0', limits })
    const known = keys.map((pem) => ({
      ...readLoginKey(Buffer.from(pem).toString('base64'))!,
      file: 'bench',
    }))
    const bridge = new Bridge({ runtime: nodeRuntime(), config, keys: known, log: () => {} })
    url = await bridge.listen(config.listen, { tls: { cert, key, ...tlsSettings } })
  },
  url: () => url,
})
