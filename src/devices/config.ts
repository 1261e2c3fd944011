import { z } from 'zod'
import { type ClaimProblem, unknownName } from '../config/claims.js'

const MAX_DEVICES = 1_000

const leaf = z.string().regex(/^[A-Za-z_][\w.-]{0,127}$/, { error: 'must be the name of a leaf' })

const device = z.strictObject({
  push: z
    .boolean()
    .default(false)
    .describe('Whether configuration may be sent to the device of this name in `sources.netconf`.'),
  secrets: z
    .array(leaf)
    .max(256)
    .default([])
    .describe(
      'Names of leaves whose values are shown nowhere, besides those with `password`, `secret`, `community` and the like in their names.',
    ),
})

/** The devices to which configuration may be sent. */
export const devicesConfig = z
  .record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be the name of a device' }), device)
  .refine((all) => Object.keys(all).length <= MAX_DEVICES, { error: `at most ${MAX_DEVICES} devices` })
export type DevicesConfig = z.output<typeof devicesConfig>

/** The names that are no device of `sources.netconf`. */
export function unknownDevices(config: {
  devices: DevicesConfig
  sources: { netconf: readonly { name: string }[] }
}): ClaimProblem[] {
  const names = config.sources.netconf.map(({ name }) => name)
  const kind = 'device in sources.netconf with the name'
  return Object.keys(config.devices).flatMap((name) =>
    unknownName(kind, { name, path: ['devices', name] }, names),
  )
}
