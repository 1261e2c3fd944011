import { noPlace } from './place.js'

/** Leaves a time that was chosen, and a place in it. */
export const toNow = { from: undefined, to: undefined, ...noPlace }
