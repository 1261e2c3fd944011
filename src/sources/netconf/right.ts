import type { PartRight } from '../../parts/part-right.js'

/** The level of a principal on network devices: it may send configuration to them. */
export type DevicesLevel = 'push'

declare module '../../parts/part-right.js' {
  interface PartRights {
    devices: DevicesLevel
  }
}

export const devicesRight: PartRight<'devices'> = {
  name: 'devices',
  levels: ['push'],
  description:
    'Rights over network devices: `push` to send configuration to those with `devices.<name>.push`. Includes seeing the events under `hub/push/`.',
  see: 'hub/push/',
}
