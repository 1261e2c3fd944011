/** The texts of a storage pool in events, as `zpool list` prints them. */
export const POOL_TEXTS = [
  'size',
  'alloc',
  'free',
  'frag',
  'expandsz',
  'dedup',
  'altroot',
  'capacity',
  'health',
] as const
export type PoolTexts = Record<(typeof POOL_TEXTS)[number], string>
