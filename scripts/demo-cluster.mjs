// npm run demo:cluster
import { existsSync } from 'node:fs'
import { LocalCluster, until } from './cluster/processes.mjs'
import { readOptions } from './options.mjs'
import { main, report, requireNode, StepFailed, say } from './steps.mjs'

const help = `Starts three nats-servers and three hubs on this machine, and kills one of each while events are fired through all hubs.
Shows that each acknowledged event is stored once, in the same order for every hub.

  npm run demo:cluster
  npm run demo:cluster -- --json

  --json  prints the result as one line of JSON
`
const { json: isJson } = readOptions({ json: { type: 'boolean', default: false } }, help)
const started = performance.now()
const faults = []

function tell(text) {
  if (!isJson) say(`${String(((performance.now() - started) / 1000).toFixed(1)).padStart(5)} s  ${text}`)
}

/** Resolves when events are acknowledged again, on every hub that runs. */
async function flows(traffic, hubs) {
  const before = traffic.byHub
  await until(
    () => hubs.every(({ name }) => traffic.byHub[name] > before[name] + 20),
    'events are stored again',
  )
}

async function withFault(name, traffic, program, hubs, restart) {
  const from = performance.now()
  await program.kill()
  tell(`killed ${program.name}, ${name}`)
  await flows(
    traffic,
    hubs.filter((hub) => hub !== program),
  )
  const seconds = Number(((performance.now() - from) / 1000).toFixed(1))
  faults.push({ killed: program.name, as: name, seconds })
  tell(`events are stored again, after ${seconds} s`)
  await restart()
  tell(`started ${program.name} again`)
  await flows(traffic, hubs)
}

async function demo(cluster) {
  const { Traffic } = await import('./cluster/traffic.mjs')
  tell('starts three nats-servers and three hubs')
  await cluster.start()
  const { servers, hubs } = cluster
  tell(
    `${[...servers, ...hubs].map(({ name }) => name).join(', ')} run; the primary is ${(await cluster.primary()).name}`,
  )
  const traffic = new Traffic(hubs)
  await flows(traffic, hubs)
  tell('fires events through all three hubs')
  const leader = await until(() => cluster.leader(), 'the stream has a leader')
  await withFault('which led the stream', traffic, leader, hubs, () => leader.start())
  const primary = await until(() => cluster.primary(), 'a hub is the primary')
  await withFault('the primary', traffic, primary, hubs, () => cluster.startHub(primary))
  tell(`the primary is ${(await until(() => cluster.primary(), 'a hub is the primary')).name}`)
  await traffic.stop()
  tell('reads the log through each hub')
  return traffic.check(hubs)
}

function tellResult({ acknowledged, stored, lost, twice, refused, inOrder, sameOnEachHub }) {
  tell(
    `${acknowledged} events acknowledged, ${stored} stored; ${lost} lost, ${twice} twice, ${refused.length} refused`,
  )
  for (const { hub, n, code } of refused) tell(`refused by ${hub}: event ${n} (${code})`)
  tell(
    inOrder && sameOnEachHub
      ? 'in order, and the same on each hub'
      : 'NOT in order, or not the same on each hub',
  )
}

const cluster = new LocalCluster()
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void cluster.stop().then(() => process.exit(130)))
try {
  requireNode()
  if (!existsSync(main)) throw new StepFailed('Build first: npm ci && npm run build')
  const result = await demo(cluster)
  const isWhole = result.lost === 0 && result.twice === 0 && result.inOrder && result.sameOnEachHub
  if (isJson) console.log(JSON.stringify({ ok: isWhole, ...result, faults }))
  else tellResult(result)
  if (!isWhole) process.exitCode = 1
} catch (error) {
  report(error)
} finally {
  await cluster.stop()
}
