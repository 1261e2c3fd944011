import { accessErrors } from './access.js'
import type { CodeOf, ErrorArea, ErrorEntry } from './area.js'
import { busErrors } from './bus.js'
import { cliErrors } from './cli.js'
import { clientErrors } from './client.js'
import { clusterErrors } from './cluster.js'
import { configErrors } from './config.js'
import { edgeErrors } from './edge.js'
import { eventErrors } from './event.js'
import { filterErrors } from './filter.js'
import { hookErrors } from './hooks.js'
import { hostErrors } from './hosts.js'
import { httpErrors } from './http.js'
import { jobErrors } from './jobs.js'
import { listenErrors } from './listen.js'
import { logErrors } from './log.js'
import { ncsErrors } from './ncs.js'
import { netconfErrors } from './netconf.js'
import { protocolErrors } from './protocol.js'
import { ruleErrors } from './rules.js'
import { saltErrors } from './salt.js'
import { sctpErrors } from './sctp.js'
import { sinkErrors } from './sinks.js'
import { sysadmErrors } from './sysadm.js'

export type { ErrorEntry }

/** Every code belongs to one area. */
const ownAreas = [
  eventErrors,
  filterErrors,
  logErrors,
  clusterErrors,
  busErrors,
  accessErrors,
  protocolErrors,
  httpErrors,
  hookErrors,
  clientErrors,
  listenErrors,
  saltErrors,
  sctpErrors,
  jobErrors,
  sinkErrors,
  ruleErrors,
  hostErrors,
  sysadmErrors,
  ncsErrors,
  netconfErrors,
  edgeErrors,
  configErrors,
  cliErrors,
] as const

/** The codes that faces add, each with `declare module '…/errors/catalogue.js'` beside its area. */
// biome-ignore lint/suspicious/noEmptyInterface: faces fill it
export interface FaceErrors {}

export type ErrorCode = CodeOf<(typeof ownAreas)[number]> | Extract<keyof FaceErrors, string>

/** All error codes of Tocsin: `TCN_<AREA>_<WHAT>`. Those of faces are added when their definitions are loaded. */
export const catalogue = Object.assign({}, ...ownAreas.map(({ errors }) => errors)) as Record<
  ErrorCode,
  ErrorEntry
>

/** The areas in the order of `docs/reference/errors.md`. */
export const areas: ErrorArea[] = [...ownAreas]

/** Adds the errors of a face. Throws where a code or the title is in use. */
export function addErrors(added: ErrorArea): void {
  if (areas.includes(added)) return
  const taken = [
    ...Object.keys(added.errors).filter((code) => Object.hasOwn(catalogue, code)),
    ...areas.map(({ title }) => title).filter((title) => title === added.title),
  ]
  if (taken.length > 0) throw new Error(`errors are defined twice: ${taken.join(', ')}`)
  areas.push(added)
  Object.assign(catalogue, added.errors)
}
