import { setTimeout } from 'node:timers/promises'
import type { HeldProxy } from '../../helpers/held-proxy.js'
import type { Cluster, RunningHub, RunningProgram } from '../cluster-tools.js'
import type { Random } from '../crash/publishers.js'
import type { Network } from './network.js'

/** Longer than a lease of 6 s. */
const LONGEST_MS = 9000
const SLOW_MS = 100

export interface Fault {
  /** For the story of a run. */
  readonly name: string
  begin(): Promise<unknown> | unknown
  heal(): Promise<unknown> | unknown
}

export interface Scene {
  cluster: Cluster
  network: Network
  random: Random
}

/** Lets a fault happen for some time, up to more than the time of a lease. */
export async function suffer({ name, begin, heal }: Fault, random: Random): Promise<void> {
  const ms = random(LONGEST_MS)
  console.log(`${name} for ${ms} ms`)
  try {
    await begin()
    await setTimeout(ms)
  } finally {
    await heal()
  }
}

/** Any fault, at the place that a random number says: at the hub that is the primary, and the server that leads, too. */
export async function anyFault(scene: Scene): Promise<Fault> {
  const { random } = scene
  const kinds = [killedHub, killedServer, heldHub, heldServer, cutFromHubs, slowToHubs, cutFromServers]
  return kinds[random(kinds.length)](scene)
}

async function killedHub({ cluster, random }: Scene): Promise<Fault> {
  const hub = await chosen(cluster.hubs, () => cluster.primary(), random)
  const heal = () => hub.isRunning || startAgain(cluster, hub)
  return { name: `${hub.name} is killed`, begin: () => hub.kill(), heal }
}

/** As a service manager does: a hub ends at its start when no server of NATS is there. */
async function startAgain(cluster: Cluster, hub: RunningHub): Promise<void> {
  for (;;) {
    try {
      return await cluster.startHub(hub)
    } catch (thrown) {
      if (!String(thrown).includes('TCN_NATS_UNREACHABLE')) throw thrown
    }
    await setTimeout(SLOW_MS)
  }
}

/** Up to all of them: nothing can be stored without two. */
async function killedServer({ cluster, random }: Scene): Promise<Fault> {
  const first = await chosen(cluster.servers, () => cluster.leader(), random)
  const more = cluster.servers.filter((server) => server !== first && random(3) === 0)
  const servers = [first, ...more]
  return {
    name: `${servers.map(({ name }) => name).join(' and ')} killed`,
    begin: () => Promise.all(servers.map((server) => server.kill())),
    heal: () => Promise.all(servers.map((server) => server.isRunning || server.start())),
  }
}

async function heldHub({ cluster, random }: Scene): Promise<Fault> {
  return held(await chosen(cluster.hubs, () => cluster.primary(), random))
}

async function heldServer({ cluster, random }: Scene): Promise<Fault> {
  return held(await chosen(cluster.servers, () => cluster.leader(), random))
}

function held(program: RunningProgram): Fault {
  const { name } = program
  return { name: `${name} stands still`, begin: () => program.suspend(), heal: () => program.resume() }
}

function cutFromHubs({ network, random }: Scene): Fault {
  const at = random(3)
  return cut(`hubs and server ${at + 1}`, [network.toServer(at)], random)
}

function cutFromServers({ network, random }: Scene): Fault {
  const at = random(3)
  return cut(`server ${at + 1} and the others`, network.routesOf(at), random)
}

/** Between two: silence in one direction or both, or broken connections. */
function cut(between: string, ways: readonly HeldProxy[], random: Random): Fault {
  const how = (['clients', 'all', 'broken'] as const)[random(3)]
  return {
    name: `the network between ${between} is ${how === 'broken' ? how : `silent, ${how}`}`,
    begin: () => ways.map((way) => (how === 'broken' ? way.cut() : way.hold(how))),
    heal: () => ways.map((way) => (how === 'broken' ? way.mend() : way.release())),
  }
}

function slowToHubs({ network, random }: Scene): Fault {
  const way = network.toServer(random(3))
  return { name: 'the network is slow', begin: () => way.delay(SLOW_MS), heal: () => way.delay(0) }
}

/** The one that leads, half of the time. */
async function chosen<Program>(
  programs: readonly Program[],
  leading: () => Promise<Program | undefined>,
  random: Random,
): Promise<Program> {
  const leader = random(2) === 0 ? await leading().catch(() => undefined) : undefined
  return leader ?? programs[random(programs.length)]
}
