/** Marks of keys, for `.meta()`, that say who changes them from other machines; `src/config/commits/reach.ts` reads them. */

/**
 * The owner of the hub changes what is in this map from other machines too, except the names of files. In a list of such
 * maps, the order has no meaning.
 */
export const OWNER_FROM_ELSEWHERE = { remote: 'owner' } as const

/** A key of such a map that is changed on this machine alone, and with it the whole map while it has the key. */
export const ON_THIS_MACHINE = { remote: false } as const

/** It says where the secrets of its map are sent, or how their receiver is known. Addresses and URLs do so unmarked. */
export const DESTINATION = { destination: true } as const
