import { associationCases } from './associations.js'
import { deliveryCases } from './delivery.js'
import { extensionCases } from './extensions.js'
import { pathCases } from './paths.js'
import { resourceCases } from './resources.js'
import { styleCases } from './styles.js'

export type Case = () => Promise<void>

/** By what they show. The first one counts on the first association of the kernel. */
export const cases: Record<string, Case> = {
  ...associationCases,
  ...deliveryCases,
  ...styleCases,
  ...pathCases,
  ...extensionCases,
  ...resourceCases,
}
