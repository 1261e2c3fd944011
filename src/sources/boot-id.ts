import { readFileSync } from 'node:fs'

/** Identifies what this host does between two starts. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
}
