import { z } from 'zod'
import type { HubQuestion, HubReply } from '../cluster/hub-questions.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { AskedHub } from './contract/index.js'
import type { Call, Method } from './method.js'

/** The other hubs of the cluster, as methods ask them. */
export interface OtherHubs {
  /** Name of this hub. */
  readonly name: string
  /** Asks those that are alive, or the one with this name. Each of them has a reply. */
  ask(question: HubQuestion, hub?: string): Promise<HubReply[]>
}

export interface AcrossHubsContext {
  /** Undefined for a hub with a log of its own. */
  cluster?: OtherHubs | undefined
}

/** Most rows that a hub takes from another one. */
const MAX_ROWS = 5000

const hubName = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe('The hub that it is about. Default: the one that is asked.')

/** Makes a method about this hub one about any hub of the cluster: with the parameter `hub`, that hub runs it. */
export function ofHub({ cluster }: AcrossHubsContext, own: Method): Method {
  return {
    ...own,
    isForHubs: true,
    params: (own.params as z.ZodObject).extend({ hub: hubName }),
    async run(call, params) {
      const { hub, ...rest } = params as { hub?: string }
      if (isHere(cluster, hub) || cluster === undefined || hub === undefined) return own.run(call, rest)
      return askHub(cluster, call, own.name, rest, hub)
    },
  }
}

/** The parameters of methods about the rows of all hubs. */
export const ofHubsParams = {
  hub: hubName.describe('Only the hub with this name.'),
  here: z.boolean().optional().describe('Only the hub that is asked.'),
  limit: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('Most rows of each hub; of another hub never more than 5,000.'),
}

interface Rows<Row> {
  rows: Row[]
  omitted?: number
  hubs?: AskedHub[]
}

interface RowsOf<Row> {
  /** Name of the method, which each hub runs with `here`. */
  name: string
  /** All rows of this hub, in their order. */
  own(): Promise<Row[]>
  /** Reads the answer of another hub. Throws if it is something else. */
  read(answer: unknown): { rows: Row[]; omitted?: number }
}

/** The rows of all hubs of the cluster, or of the one that is meant. A hub that does not answer is named. */
export async function rowsAcrossHubs<Row extends { hub?: string }>(
  { cluster }: AcrossHubsContext,
  call: Call,
  { hub, here, limit }: { hub?: string; here?: boolean; limit?: number },
  { name, own, read }: RowsOf<Row>,
): Promise<Rows<Row>> {
  const cut = async (): Promise<Rows<Row>> => {
    const rows = await own()
    const left = rows.length - (limit ?? rows.length)
    return left > 0 ? { rows: rows.slice(0, limit), omitted: left } : { rows }
  }
  if (here || cluster === undefined) return cut()
  const asked = { here: true, limit: Math.min(limit ?? MAX_ROWS, MAX_ROWS) }
  if (hub !== undefined)
    return isHere(cluster, hub) ? cut() : read(await askHub(cluster, call, name, asked, hub))
  const question = { method: name, params: asked, principal: call.principal.name }
  const [mine, replies] = await Promise.all([cut(), cluster.ask(question)])
  return joined([{ hub: cluster.name, ...mine }, ...replies.map((reply) => answered(reply, read))])
}

type HubRows<Row> = AskedHub & { rows: Row[] }

function answered<Row>({ hub, result, error }: HubReply, read: RowsOf<Row>['read']): HubRows<Row> {
  if (error !== undefined) return { hub, rows: [], ...faultOf(error) }
  try {
    return { hub, ...read(result) }
  } catch (thrown) {
    return { hub, rows: [], ...faultOf(unreadable(hub, thrown)) }
  }
}

function joined<Row>(parts: readonly HubRows<Row>[]): Rows<Row> {
  const rows = parts.flatMap(({ hub, rows }) => rows.map((row) => ({ hub, ...row })))
  const omitted = parts.reduce((sum, part) => sum + (part.omitted ?? 0), 0)
  const hubs = parts.map(({ rows: _, ...asked }) => asked)
  return { rows, ...(omitted > 0 && { omitted }), hubs }
}

/** Returns the fault of a hub that has not answered. */
export function faultOf({ code, message }: TocsinError): Pick<AskedHub, 'fault' | 'code'> {
  return { fault: message, code }
}

export function unreadable(hub: string, cause: unknown): TocsinError {
  return new TocsinError('TCN_CLUSTER_NO_ANSWER', `${hub} has answered with something else`, { cause })
}

function isHere(cluster: OtherHubs | undefined, hub: string | undefined): boolean {
  if (hub === undefined || hub === cluster?.name) return true
  if (cluster === undefined) throw new TocsinError('TCN_CLUSTER_NONE')
  return false
}

async function askHub(
  cluster: OtherHubs,
  { principal }: Call,
  name: string,
  params: Record<string, unknown>,
  hub: string,
): Promise<unknown> {
  const [reply] = await cluster.ask({ method: name, params, principal: principal.name }, hub)
  if (reply === undefined) throw new TocsinError('TCN_CLUSTER_HUB_UNKNOWN', `there is no hub ${hub}`)
  if (reply.error !== undefined)
    throw new TocsinError(reply.error.code, `${hub}: ${reply.error.message}`, { cause: reply.error })
  return reply.result
}
