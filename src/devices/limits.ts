/** Longest change, characters. */
export const MAX_CHANGE = 256 * 1024

/** Time after which a device returns to what it had, if a change is not confirmed, s. */
export const CONFIRM = { least: 10, most: 600, usual: 60 }
