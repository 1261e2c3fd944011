import { vi } from 'vitest'

/**
 * Tests that replace modules load the sources themselves. Built commands have the true cost, and so does
 * `test/node/access/password-cost.isolated.test.ts`.
 */
// @ts-expect-error a script without types
vi.mock('../../src/access/password-cost.js', () => import('../../scripts/test/cheap-passwords.mjs'))
