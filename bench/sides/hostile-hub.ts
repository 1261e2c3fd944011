import { join } from 'node:path'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import type { Target } from '../hostile/attack.js'
import { answers, freePort, tokenOf } from './network.js'
import type { RunningSide } from './side.js'

export interface HostileHubOptions {
  /** Further settings, as YAML. */
  config?: string
  nodeFlags?: string[]
}

const OFTEN = 'atMost: { count: 1000000, within: 1s }'
/** The same long text several times. */
const LARGE = Array(4)
  .fill("'$" + "{data.text}'")
  .join(', ')

/** Starts the built hub with all listeners, and with principals that may use only what is under `load/`. */
export async function startHostileHub(
  bench: Bench,
  principals: readonly string[],
  { config = '', nodeFlags }: HostileHubOptions = {},
): Promise<{ hub: RunningSide; targets: Map<string, Target> }> {
  const ports = await Promise.all(Array.from({ length: 6 }, freePort))
  const [tcp, http, salt, pub, issuing, netconf] = ports
  const issuer = `http://127.0.0.1:${issuing}`
  const sunk = join(bench.folder(), 'sunk.json')
  const rights = principals.map((name) => `  ${name}: { publish: load/, see: load/, gate: load/ }\n`)
  const hub = await bench.hub(
    `
listen: { tcp: '127.0.0.1:${tcp}', http: '127.0.0.1:${http}', netconf: '127.0.0.1:${netconf}' }
salt: [{ bus: bench, tcp: { pub: ${pub}, pull: ${salt} } }]
jobs: { programs: [seq] }
oidc:
  - issuer: '${issuer}'
    audience: bench
    map: [{ claim: sub, value: bench, principal: ${principals[0]} }]
    console: { clientId: console }
principals:
${rights.join('')}sinks:
  file: { type: file, path: '${sunk}', filter: load/sink/**, rotate: { size: 256MiB, keep: 1 } }
rules:
  large: { filter: load/rule/large, ${OFTEN}, fire: { tag: load/made/large, data: [${LARGE}] } }
  many: { filter: load/rule/many, by: data.key, groups: 100000, after: { count: 10, within: 1h }, fire: { tag: load/made/many } }
  waits:
    filter: load/rule/waits
    by: data.key
    groups: 100000
    unlessFollowedBy: { filter: load/rule/never, within: 1s }
    ${OFTEN}
    fire: { tag: load/made/waits, data: '\${data.key}' }
${config}`,
    undefined,
    nodeFlags,
  )
  await until('the hub listens', async () =>
    (await Promise.all([tcp, http, salt, netconf].map(answers))).every(Boolean),
  )
  const { address: socket } = hub
  const targets = new Map<string, Target>()
  for (const name of principals) {
    const token = await tokenOf(socket, name)
    targets.set(name, { tcp, http, salt, netconf, issuer, socket, name, token })
  }
  return { hub, targets }
}
