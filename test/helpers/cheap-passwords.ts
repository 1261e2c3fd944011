import { vi } from 'vitest'

/**
 * Hundreds of tests log in, and a third of a second of a processor each would be most of their time. Built commands
 * have the true cost, and so does `test/node/access/password-cost.isolated.test.ts`.
 */
vi.mock('../../src/access/password-cost.js', () => ({ COST: { N: 2 ** 12, r: 8, p: 1 } }))
