import { type Authorize, hasRight, type Principal, type Right } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'

/**
 * Throws TCN_ACCESS_DENIED unless the principal has the right, or one of several. Rights over events, consumers and
 * programs have an extent, which the operation applies itself: here some extent is enough.
 */
export function checkRight(
  authorize: Authorize,
  principal: Principal,
  right: Right | readonly Right[],
  what: string,
): void {
  const rights = [right].flat()
  if (rights.some((each) => hasRight(authorize, principal, each))) return
  const named = rights.map((each) => `"${each}"`).join(' or ')
  throw new TocsinError('TCN_ACCESS_DENIED', `${what} requires the right ${named}`, {
    details: { right: rights.join(' or ') },
  })
}
