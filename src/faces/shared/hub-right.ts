import type { Authorize, Principal } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'

/**
 * Throws TCN_ACCESS_DENIED if `right` is one over the hub and the principal does not have it. Rights over events and
 * consumers are filters, which the operation applies itself.
 */
export function checkHubRight(authorize: Authorize, principal: Principal, right: string, what: string): void {
  if (right !== 'owner' && right !== 'admin' && right !== 'monitor') return
  if (authorize(principal, right)) return
  throw new TocsinError('TCN_ACCESS_DENIED', `${what} requires the right "${right}"`, { details: { right } })
}
