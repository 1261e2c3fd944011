import type { Runtime } from '../event/runtime.js'

const letters = 'abcdefghijklmnopqrstuvwxyz234567'
const LENGTH = 13

/** Returns 65 random bits as 13 letters and digits, which are valid in a cursor. */
export function newEpoch(runtime: Runtime): string {
  return Array.from(runtime.random(LENGTH), (byte) => letters[byte & 31]).join('')
}

export function isEpoch(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length === LENGTH && [...value].every((each) => letters.includes(each))
  )
}
