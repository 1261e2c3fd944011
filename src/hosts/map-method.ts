import { z } from 'zod'
import type { Principal } from '../bus/principal.js'
import { LongWork } from '../incremental/long-work.js'
import type { HostMap } from '../methods/contract/index.js'
import { type Method, method } from '../methods/method.js'
import { choiceParams, describedTo, type HostMethodContext, STEP, testsOf } from './host-choice.js'
import { levelOf, PERIODS, type Period, troubleIn } from './host-level.js'
import type { Hosts } from './hosts.js'
import type { LabelsOf } from './labels.js'
import * as results from './results.js'

const MOST = 10_000

const mapParams = z.object({
  ...choiceParams,
  within: z.enum(PERIODS).default('hour').describe('The time whose events count.'),
  after: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional()
    .describe('`next` of the answer before, with all other parameters the same.'),
  limit: z.int().min(1).max(MOST).default(MOST),
})
type HostMapParams = z.output<typeof mapParams>

/** All hosts at a glance: a few numbers for each, in columns. */
export function mapMethod(context: HostMethodContext): Method {
  const maps = new LongWork(context.runtime, { isSmall: true, face: 'method', what: 'map of hosts' })
  return method({
    name: 'hosts.map',
    summary: 'Returns a few numbers about each of very many hosts, in columns and in no order.',
    notes:
      'Only hosts that `hosts.list` would list. Those that come or go while an answer is continued may be missing, or be there twice.',
    right: 'see',
    params: mapParams,
    result: results.hostMap,
    run: ({ principal, signal }, params) =>
      maps.run(principal.name, mapSteps(context, principal, params), signal),
  })
}

function* mapSteps(
  context: HostMethodContext,
  principal: Principal,
  params: HostMapParams,
): Generator<undefined, HostMap> {
  const { hosts } = context
  const { within, after, limit } = params
  const { table } = hosts
  const tests = testsOf(context, principal, params)
  const map = new MapColumns(hosts, within, describedTo(context, principal))
  for (let index = after === undefined ? 0 : Number(after); index < table.end; index++) {
    if (map.size === limit) return map.answer(String(index))
    if (index % STEP === STEP - 1) yield
    const name = table.nameOf(index)
    if (name !== undefined && tests.every((test) => test(index, name))) map.add(index, name)
  }
  return map.answer()
}

class MapColumns {
  readonly #hosts: Hosts
  readonly #period: Period
  readonly #now: number
  readonly #labelsOf: LabelsOf
  readonly #labelSets = new Map<string, number>()
  readonly #systems = new Map<string, number>()
  readonly #isDescribed: (name: string) => boolean
  readonly #columns: Pick<HostMap, 'names' | 'levels' | 'troubles' | 'heard' | 'kinds' | 'labels' | 'os'> = {
    names: [],
    levels: [],
    troubles: [],
    heard: [],
    kinds: [],
    labels: [],
    os: [],
  }

  constructor(hosts: Hosts, period: Period, isDescribed: (name: string) => boolean) {
    this.#hosts = hosts
    this.#isDescribed = isDescribed
    this.#period = period
    this.#now = hosts.now
    this.#labelsOf = hosts.labelsOf
  }

  get size(): number {
    return this.#columns.names.length
  }

  add(index: number, name: string): void {
    const { table } = this.#hosts
    const { names, levels, troubles, heard, kinds, labels, os } = this.#columns
    names.push(name)
    levels.push(levelOf(table, index, this.#now, this.#period))
    troubles.push(troubleIn(table, index, this.#now, this.#period))
    heard.push(Math.max(0, this.#now - table.last[index]))
    kinds.push(table.kinds[index])
    labels.push(this.#setOf(name))
    os.push(this.#systemOf(index, name))
  }

  answer(next?: string): HostMap {
    return {
      now: this.#now * 1e6,
      ...this.#columns,
      sources: [...this.#hosts.kinds],
      systems: [...this.#systems.keys()],
      labelSets: [...this.#labelSets.keys()].map((set) => Object.fromEntries(JSON.parse(set))),
      ...(next !== undefined && { next }),
    }
  }

  /** Index in the list of those that the answer names: of others in the table, the caller learns nothing. */
  #systemOf(index: number, name: string): number {
    const { table } = this.#hosts
    const system = this.#isDescribed(name) ? table.systemNames[table.systemOf(index)] : ''
    const known = this.#systems.get(system)
    if (known !== undefined) return known
    this.#systems.set(system, this.#systems.size)
    return this.#systems.size - 1
  }

  /** Many hosts have the same labels. */
  #setOf(name: string): number {
    const key = JSON.stringify(Object.entries(this.#labelsOf(name)).sort())
    const known = this.#labelSets.get(key)
    if (known !== undefined) return known
    this.#labelSets.set(key, this.#labelSets.size)
    return this.#labelSets.size - 1
  }
}
