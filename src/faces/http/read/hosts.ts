import { z } from 'zod'
import type { HttpContext } from '../context.js'
import { count, queryError, repeated } from '../input.js'
import { ask } from '../manage/methods.js'
import { type Route, route } from '../route.js'

const state = z.enum(['error', 'silent', 'warning', 'ok', 'left'])

const hostsQuery = z.strictObject({
  match: repeated('A glob of names; with `!` it leaves hosts out. May be repeated.').optional(),
  state: z
    .union([state.transform((one) => [one]), z.array(state)])
    .optional()
    .describe('Only hosts in this state; may be repeated.'),
  source: z.string().optional().describe('Only hosts for which this kind of source speaks.'),
  label: repeated('Only hosts with this label, such as `site=fra`; may be repeated.').optional(),
  order: z.enum(['trouble', 'name', 'last', 'events']).optional().describe('Default: the worst first.'),
  limit: count(10_000).optional().describe('Default 100.'),
})
type HostsQuery = z.output<typeof hostsQuery>

/** `GET /v1/hosts` and `/v1/hosts/<name>`, where the hub knows hosts. */
export function hostRoutes(context: HttpContext): Route[] {
  const [list, show] = ['hosts.list', 'hosts.show'].map((name) => context.methods.get(name))
  if (list === undefined || show === undefined) return []
  return [
    route<HostsQuery>({
      method: 'GET',
      path: '/v1/hosts',
      summary: list.summary,
      right: 'see',
      query: hostsQuery,
      answers: { 200: { description: 'The hosts, and how many are in each state.', schema: list.result } },
      handle: (call) => ask(context, call, 'hosts.list', listParamsOf(call.query)),
    }),
    route({
      method: 'GET',
      path: '/v1/hosts/:name',
      summary: show.summary,
      right: 'see',
      answers: { 200: { description: 'The host.', schema: show.result } },
      handle: (call) => ask(context, call, 'hosts.show', { name: call.params.name }),
    }),
  ]
}

function listParamsOf({ state, label = [], ...rest }: HostsQuery) {
  return {
    ...rest,
    ...(state !== undefined && { states: state }),
    labels: Object.fromEntries(label.map(labelIn)),
  }
}

function labelIn(label: string): [string, string] {
  const at = label.indexOf('=')
  if (at <= 0) throw queryError('label', 'is not as `name=value`')
  return [label.slice(0, at), label.slice(at + 1)]
}
