import type { Cost } from './password-hasher.js'

/** The cost of a new hash, as OWASP advises for scrypt. Takes 128 MiB and about a third of a second. */
export const COST: Cost = { N: 2 ** 17, r: 8, p: 1 }
