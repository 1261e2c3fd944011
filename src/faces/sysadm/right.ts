import type { PartRight } from '../../parts/part-right.js'
import { SYSADM_TAGS } from '../../protocols/sysadm/codec/classes.js'

/** The level of a principal on SysAdm: it may do everything, or only look. */
export type SysadmLevel = 'full' | 'limited'

declare module '../../parts/part-right.js' {
  interface PartRights {
    sysadm: SysadmLevel
  }
}

export const sysadmRight: PartRight<'sysadm'> = {
  name: 'sysadm',
  levels: ['full', 'limited'],
  description:
    'Rights over SysAdm: `full`, or `limited` to reading. Both include seeing the events under `sysadm/`; those of jobs of others need `full`.',
  see: SYSADM_TAGS,
  allJobs: true,
}
