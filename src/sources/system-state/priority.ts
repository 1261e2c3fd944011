import type { PoolTexts } from '../../protocols/sysadm/codec/pools.js'
import { UNKNOWN } from '../zfs/pools.js'

export const INFORMATION = 0
export const RENAMED = 3
const ALMOST_FULL = 6
const FAULTY = 9
const FULL_PERCENT = 90

/** Returns the priority of a pool. What is unknown raises no alarm. */
export function poolPriority({ health, capacity }: PoolTexts): number {
  if (health !== 'ONLINE' && health !== UNKNOWN) return FAULTY
  return percentOf(capacity) > FULL_PERCENT ? ALMOST_FULL : INFORMATION
}

/** `12%` on any release, `12` with `-p`; 0 for `-`. */
function percentOf(capacity: string): number {
  return Number.parseFloat(capacity) || 0
}
