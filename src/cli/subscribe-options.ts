import type { SubscribeOptions } from '../client/api.js'

/** Only what was given. */
export function subscribeOptions(
  { from, to, lag, consumer }: Pick<SubscribeOptions, 'from' | 'to' | 'lag' | 'consumer'>,
  signal: AbortSignal,
): SubscribeOptions {
  const given = Object.entries({ from, to, lag, consumer }).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), signal }
}
