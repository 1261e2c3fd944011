import { type DeviceMethodContext, pushMethods } from '../../devices/methods.js'
import { faces } from '../../faces/index.js'
import type { HostMethodContext } from '../../hosts/host-choice.js'
import { hostMethods } from '../../hosts/methods.js'
import { type JobMethodContext, jobMethods } from '../../jobs/index.js'
import { allMethods, type MethodContext } from '../../methods/index.js'
import type { Method } from '../../methods/method.js'
import type { PartMethodContext, PartMethods } from '../../observers/part-methods.js'
import { type AlertMethodContext, alertMethods } from '../../rules/alerts/methods.js'
import { sources } from '../../sources/index.js'
import { metricsMethods } from '../metrics/method.js'
import type { Metrics } from '../metrics/metrics.js'

const parts: readonly { readonly methods?: PartMethods }[] = [...faces, ...sources]

export type HubMethodContext = MethodContext &
  JobMethodContext &
  AlertMethodContext &
  HostMethodContext &
  DeviceMethodContext &
  PartMethodContext

/** All methods of a hub: its own, and those of jobs, faces and sources. */
export function hubMethods(context: HubMethodContext, metrics: Metrics): Method[] {
  return [
    ...allMethods(context),
    ...jobMethods(context),
    ...alertMethods(context),
    ...hostMethods(context),
    ...pushMethods(context),
    ...parts.flatMap(({ methods }) => methods?.(context) ?? []),
    ...metricsMethods(metrics),
  ]
}
