import { z } from 'zod'
import type { Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { LongWork } from '../incremental/long-work.js'
import { type Method, method } from '../methods/method.js'
import { hostName } from './config.js'
import {
  choiceParams,
  type HostMethodContext,
  type HostTest,
  STEP,
  testsOf,
  visibleTo,
} from './host-choice.js'
import { factsOf, infoOf, lastEvents } from './host-info.js'
import { FirstHosts, type HostState, ORDERS, rankBy, STATES, stateOf } from './host-order.js'
import type { Hosts } from './hosts.js'
import { mapMethod } from './map-method.js'
import * as results from './results.js'
import { noHosts } from './state-counts.js'

const MAX_LISTED = 10_000
const FEW = 100

const listParams = z.object({
  ...choiceParams,
  states: z.array(z.enum(STATES)).default([]).describe('Only hosts in these states. Default: all.'),
  order: z.enum(ORDERS).default('trouble').describe('Default: the worst first.'),
  limit: z.int().min(1).max(MAX_LISTED).default(FEW),
})
type HostListParams = z.output<typeof listParams>

export function hostMethods(context: HostMethodContext): Method[] {
  return [listMethod(context), mapMethod(context), showMethod(context), removeMethod(context)]
}

function listMethod(context: HostMethodContext): Method {
  const { hosts, authorize, runtime } = context
  const lists = new LongWork(runtime, { isSmall: true, face: 'method', what: 'list of hosts' })
  return method({
    name: 'hosts.list',
    summary: 'Lists the hosts of which the hub has heard, the worst first.',
    notes:
      'Only hosts whose events with tags under `host/<name>/` the caller may see. Counts are of all events of a host, also of those that the caller may not see.',
    right: 'see',
    params: listParams,
    result: results.hostList,
    async run({ principal }, params) {
      const found = await lists.run(
        principal.name,
        listSteps(hosts, testsOf(context, principal, params), params),
      )
      const shown = found.indexes.slice(0, params.limit).filter((index) => hosts.table.nameOf(index))
      return {
        hosts: shown.map((index) => infoOf(hosts, index, context.bus.log.epoch, hosts.labelsOf)),
        states: found.states,
        more: found.indexes.length > params.limit,
        ...(authorize(principal, 'monitor') && hosts.untracked > 0 && { untracked: hosts.untracked }),
      }
    },
  })
}

function showMethod(context: HostMethodContext): Method {
  const { hosts, authorize, types, bus } = context
  return method({
    name: 'hosts.show',
    summary: 'Shows a host: its state, counts, description, and its last events.',
    right: 'see',
    params: z.object({ name: hostName }),
    result: results.hostDetails,
    async run({ principal }, { name }) {
      const index = indexOf(context, principal, name)
      const see = authorize(principal, 'see')
      const isVisible = (frame: Uint8Array) => see.matches(frame, 0)
      const { log } = bus
      const info = infoOf(hosts, index, log.epoch, hosts.labelsOf)
      const facts = await factsOf(hosts, index, log, isVisible)
      const events = await lastEvents(hosts, index, { log, types }, isVisible)
      const aliases = hosts.config.aliases[info.name] ?? []
      return {
        host: info,
        aliases,
        names: [...new Set([info.name, ...aliases, ...events.flatMap(({ host = [] }) => host)])],
        ...(facts !== undefined && { facts }),
        events,
      }
    },
  })
}

function removeMethod(context: HostMethodContext): Method {
  const { hosts } = context
  return method({
    name: 'hosts.remove',
    summary: 'Removes hosts from those that the hub knows. One that is heard again comes back.',
    right: 'admin',
    params: z.object({ names: z.array(hostName).min(1).max(1000) }),
    result: results.removed,
    changes: ({ names }) => ({ names }),
    async run({ principal }, { names }) {
      const known = [...new Set(names.map((name) => knownName(context, principal, name)))]
      if (!hosts.remove(known)) throw new TocsinError('TCN_HOST_WAITS', 'the log accepts nothing at present')
      return { removed: known }
    },
  })
}

function knownName(context: HostMethodContext, principal: Principal, name: string): string {
  return context.hosts.table.nameOf(indexOf(context, principal, name)) ?? name
}

/** Throws TCN_HOST_UNKNOWN, also for a host that the principal may not see. */
function indexOf(context: HostMethodContext, principal: Principal, name: string): number {
  const { hosts } = context
  const index = hosts.table.indexOf(name) ?? hosts.table.indexOf(hosts.nameOf(name) ?? name)
  if (index === undefined || !visibleTo(context, principal)(hosts.table.nameOf(index) ?? name))
    throw new TocsinError('TCN_HOST_UNKNOWN', `there is no host ${JSON.stringify(name)}`)
  return index
}

interface FoundHosts {
  /** In order; one more than the limit, if there are more. */
  readonly indexes: number[]
  readonly states: Record<HostState, number>
}

function* listSteps(
  hosts: Hosts,
  tests: readonly HostTest[],
  { states: wanted, order, limit }: HostListParams,
): Generator<undefined, FoundHosts> {
  const { table, now } = hosts
  const states = noHosts()
  const rank = rankBy(order, table, now)
  const first = new FirstHosts(limit + 1)
  for (let index = 0; index < table.end; index++) {
    if (index % STEP === STEP - 1) {
      first.reduce()
      yield
    }
    const name = table.nameOf(index)
    if (name === undefined || !tests.every((test) => test(index, name))) continue
    const state = stateOf(table, index, now)
    states[state]++
    if (wanted.length === 0 || wanted.includes(state)) first.add({ index, name, rank: rank(index, state) })
  }
  return { indexes: first.indexes, states }
}
