/**
 * Hundreds of tests log in, and a third of a second of a processor each would be most of their time. It stands for
 * src/access/password-cost.ts.
 */
export const COST = { N: 2 ** 12, r: 8, p: 1 }
